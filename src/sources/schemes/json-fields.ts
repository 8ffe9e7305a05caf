import { memberRanges, rangeAt, type JsonPath } from '../json-ranges.js';

export type { JsonPath } from '../json-ranges.js';

/**
 * A JSON body with other values in these places; every other byte stays, so that no number is rounded and no key moves.
 * Places whose parent is missing are left out; so is everything when the body is no JSON. For signing: a body that is
 * checked is only read.
 */
export function withFields(body: Buffer, changes: readonly (readonly [JsonPath, unknown])[]): Buffer {
  return isJson(body) ? changes.reduce((text, [path, value]) => withField(text, path, value), body) : body;
}

function withField(body: Buffer, path: JsonPath, value: unknown): Buffer {
  const name = path.at(-1);
  const parent = rangeAt(body, path.slice(0, -1));
  const members = parent && memberRanges(body, parent.start);
  if (!parent || !members || typeof name !== 'string') return body;
  const written = JSON.stringify(value);
  const there = members.get(name);
  if (there) return spliced(body, there.start, there.end, written);
  // Before the brace that ends the object.
  const end = parent.end - 1;
  return spliced(body, end, end, `${members.size > 0 ? ',' : ''}${JSON.stringify(name)}:${written}`);
}

function spliced(body: Buffer, start: number, end: number, text: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)]);
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString());
    return true;
  } catch {
    return false;
  }
}
