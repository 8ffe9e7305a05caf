/** How a description reads a payload of which nothing is certain: these never throw. */

/**
 * The value at a path of own properties and array indexes, e.g. `field(payload, 'data', 'object', 'id')`, or `undefined`
 * where the path ends early.
 */
export function field(payload: unknown, ...path: readonly (string | number)[]): unknown {
  let value = payload;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/** A text, or a whole number as text; `undefined` for anything else, for the empty text, and for a number that was rounded. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a body that may hold a list of events starts with: the first of a list, else the payload itself. */
export function firstOf(payload: unknown): unknown {
  return Array.isArray(payload) ? (payload[0] as unknown) : payload;
}

/** The one event of a body; `undefined` for a list of none or several, whose first id must not stand for all. */
export function onlyOf(payload: unknown): unknown {
  return Array.isArray(payload) && payload.length !== 1 ? undefined : firstOf(payload);
}

/** With a zone: a date without one would depend on where this process runs. */
const ISO_8601 = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/i;

/** A date from Unix seconds (a number) or from ISO 8601 with a time zone (a text); `undefined` for anything else. */
export function dateOf(value: unknown): Date | undefined {
  if (typeof value === 'number') return validDate(new Date(value * 1000));
  return typeof value === 'string' && ISO_8601.test(value) ? validDate(new Date(value)) : undefined;
}

function validDate(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}
