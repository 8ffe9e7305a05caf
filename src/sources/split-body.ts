import { isObjectPath, pathOf } from './json-pointer.js';
import { elementRanges, rangeAt, type JsonRange } from './json-ranges.js';
import { field } from './field.js';

/**
 * More events than this in one body stay one event: they are stored in one statement, which has to be committed while the
 * sender waits, and refusing a verified body would lose it. No sender in the catalogue comes near.
 */
export const MAX_EVENTS_PER_BODY = 5000;

/** What stands around a list of events goes with each of them to some destinations: more than this would multiply. */
const MAX_FRAME_BYTES = 64 * 1024;

/** Which bytes of a body are this event. */
export interface BodyPart {
  readonly offset: number;
  readonly length: number;
  /** Where the first event of the body's list starts. */
  readonly listStart: number;
  /** Where the last one ends: before `listStart` and from here on stands what they share. */
  readonly listEnd: number;
}

/** A body's events; `undivided`: it stays one, named after the first, which stands in `first`. */
export type SplitBody =
  | { readonly kind: 'parts'; readonly parts: readonly BodyPart[] }
  | { readonly kind: 'undivided'; readonly first: unknown };

/**
 * The events of a body whose list stands at `pointer` (RFC 6901; empty: the body is the list). `payload` is the body as
 * `JSON.parse` reads it: where the two do not see the same list nothing is split, for what was verified is what counts.
 * `undefined`: there is no list, or nothing in it.
 */
export function splitBody(pointer: string, body: Buffer, payload: unknown): SplitBody | undefined {
  const path = pathOf(pointer);
  const list = field(payload, ...path);
  if (!Array.isArray(list) || list.length === 0 || !isObjectPath(payload, path)) return undefined;
  const undivided = { kind: 'undivided', first: list[0] as unknown } as const;
  if (list.length > MAX_EVENTS_PER_BODY) return undivided;
  const marked = body[0] === 0xef ? 3 : 0;
  const text = body.subarray(marked);
  const start = rangeAt(text, path)?.start;
  const ranges = start === undefined ? undefined : elementRanges(text, start, MAX_EVENTS_PER_BODY);
  if (ranges?.length !== list.length) return undivided;
  const [first, last] = [ranges[0], ranges.at(-1)] as [JsonRange, JsonRange];
  const [listStart, listEnd] = [marked + first.start, marked + last.end];
  if (listStart + body.length - listEnd > MAX_FRAME_BYTES) return undivided;
  return {
    kind: 'parts',
    parts: ranges.map(({ start: from, end }) => ({ offset: marked + from, length: end - from, listStart, listEnd })),
  };
}
