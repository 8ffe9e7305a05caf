/**
 * Where values stand in a JSON text, in bytes. Only for texts that `JSON.parse` has accepted: on others the ranges mean
 * nothing, though nothing throws, recurses or runs on without end. One pass, no copies.
 */

/** A value's bytes: from `start`, up to and without `end`. */
export interface JsonRange {
  readonly start: number;
  readonly end: number;
}

/** A way to a value in JSON: `['notificationItems', 0, 'amount']`. */
export type JsonPath = readonly (string | number)[];

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** What may follow a number, `true`, `false` or `null`. */
const ENDS = new Set([...SPACES, COMMA, CLOSE_ARRAY, CLOSE_OBJECT]);

/** The whole value of a text: without the white space around it. */
export function wholeRange(text: Buffer): JsonRange {
  const start = skipSpace(text, 0);
  return { start, end: skipValue(text, start) };
}

/** The elements of the array that starts at `at`, in order; `undefined` when there is no array, or more than `limit`. */
export function elementRanges(text: Buffer, at: number, limit = Infinity): JsonRange[] | undefined {
  if (text[at] !== OPEN_ARRAY) return undefined;
  const ranges: JsonRange[] = [];
  let next = skipSpace(text, at + 1);
  while (next < text.length && text[next] !== CLOSE_ARRAY) {
    if (ranges.length >= limit) return undefined;
    const end = skipValue(text, next);
    ranges.push({ start: next, end });
    next = skipSpace(text, end);
    if (text[next] !== COMMA) break;
    next = skipSpace(text, next + 1);
  }
  return ranges;
}

/** The members of the object that starts at `at`: names decoded; of a name that stands twice the last, as `JSON.parse` has it. */
export function memberRanges(text: Buffer, at: number): ReadonlyMap<string, JsonRange> | undefined {
  if (text[at] !== OPEN_OBJECT) return undefined;
  const ranges = new Map<string, JsonRange>();
  let next = skipSpace(text, at + 1);
  while (text[next] === QUOTE) {
    const endOfName = skipValue(text, next);
    const start = skipSpace(text, skipSpace(text, endOfName) + 1);
    const end = skipValue(text, start);
    const name = nameOf(text.toString('utf8', next, endOfName));
    if (name === undefined || text[skipSpace(text, endOfName)] !== COLON) return undefined;
    ranges.set(name, { start, end });
    next = skipSpace(text, end);
    if (text[next] !== COMMA) break;
    next = skipSpace(text, next + 1);
  }
  return ranges;
}

/** The value at a path, or `undefined` where the path ends early. An index of an array is a number. */
export function rangeAt(text: Buffer, path: JsonPath): JsonRange | undefined {
  let range: JsonRange | undefined = wholeRange(text);
  for (const key of path) {
    if (range === undefined) return undefined;
    range =
      typeof key === 'number' ? elementRanges(text, range.start)?.[key] : memberRanges(text, range.start)?.get(key);
  }
  return range;
}

function skipSpace(text: Buffer, at: number): number {
  while (SPACES.has(text[at] ?? 0)) at++;
  return at;
}

/** Behind the value that starts at `at`; always further on, so that every loop ends. */
function skipValue(text: Buffer, at: number): number {
  let depth = 0;
  let inText = false;
  for (let next = at; next < text.length; next++) {
    const byte = text[next] ?? 0;
    if (inText) {
      if (byte === BACKSLASH) next++;
      else if (byte === QUOTE) {
        inText = false;
        if (depth === 0) return next + 1;
      }
    } else if (byte === QUOTE) inText = true;
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
    else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      if (--depth <= 0) return next + 1;
    } else if (depth === 0 && ENDS.has(text[next + 1] ?? COMMA)) return next + 1;
  }
  return Math.max(text.length, at + 1);
}

function nameOf(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
