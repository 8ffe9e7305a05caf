import type { Work } from './filter.js';

/** Steps for looking at one value. */
export const STEPS_PER_VALUE = 10;

/** Digits of an integer that a JavaScript number cannot hold: how a parsed body carries such a number. Bounded for BigInt. */
const LARGE_INTEGER = /^-?[1-9]\d{15,39}$/;

/** A block of keys: neither null nor a list. */
export function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Equal as JSON: of one type, and of one content; the order of a block's keys does not count. Own properties only. The work is
 * bounded by `wanted`, which stands in the filter.
 */
export function isEqual(value: unknown, wanted: unknown, work: Work): boolean {
  work.spend(STEPS_PER_VALUE);
  if (Array.isArray(wanted)) {
    if (!Array.isArray(value) || value.length !== wanted.length) return false;
    return wanted.every((item, index) => isEqual(value[index], item, work));
  }
  if (!isBlock(wanted)) return value === wanted;
  if (!isBlock(value)) return false;
  const keys = Object.keys(wanted);
  const own = Object.keys(value).length;
  work.spend(own);
  return (
    own === keys.length && keys.every((key) => Object.hasOwn(value, key) && isEqual(value[key], wanted[key], work))
  );
}

/**
 * -1, 0 or 1; `undefined` where the two have no order: a number against a text, or anything that is neither. Texts go by code unit,
 * which for ISO 8601 in one time zone is by time. An integer too large for a number goes by its value.
 */
export function compareValues(value: unknown, wanted: unknown): -1 | 0 | 1 | undefined {
  const [left, right] = [ordered(value, wanted), ordered(wanted, value)];
  if (left === undefined || right === undefined || (typeof left === 'string') !== (typeof right === 'string')) {
    return undefined;
  }
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

/** A text of digits counts as a number only beside a number, or beside another such text. */
function ordered(value: unknown, beside: unknown): number | bigint | string | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  return isLargeInteger(value) && (typeof beside === 'number' || isLargeInteger(beside)) ? BigInt(value) : value;
}

function isLargeInteger(value: unknown): boolean {
  return typeof value === 'string' && LARGE_INTEGER.test(value) && !Number.isSafeInteger(Number(value));
}
