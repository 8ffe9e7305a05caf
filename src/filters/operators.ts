import type { Work } from './filter.js';
import { compareValues, isEqual, STEPS_PER_VALUE } from './values.js';

/** A test of the value at a path, which is `undefined` where there is none. */
export type ValueTest = (value: unknown, work: Work) => boolean;

/** The value itself, or any item of it when it is a list. */
export function eachOf(test: ValueTest): ValueTest {
  return (value, work) => {
    if (test(value, work)) return true;
    if (!Array.isArray(value)) return false;
    return (value as readonly unknown[]).some((item) => {
      work.spend(STEPS_PER_VALUE);
      return test(item, work);
    });
  };
}

/** `$eq`: null also takes what is not there. */
export function equals(wanted: unknown): ValueTest {
  if (wanted === null) return eachOf((value) => value === null || value === undefined);
  return eachOf((value, work) => isEqual(value, wanted, work));
}

/** `$in`: texts and numbers by a look-up, so that a list of a thousand ids costs as much as one. */
export function isOneOf(wanted: readonly unknown[]): ValueTest {
  const plain = new Set(wanted.filter((item) => typeof item !== 'object'));
  const others = wanted.filter((item) => typeof item === 'object').map(equals);
  const isPlain = eachOf((value) => plain.has(value));
  return (value, work) => isPlain(value, work) || others.some((test) => test(value, work));
}

/** `$gt` and its like: only what has an order with `wanted` can pass. */
export function compares(wanted: unknown, passes: (order: -1 | 0 | 1) => boolean): ValueTest {
  return eachOf((value, work) => {
    work.spend(STEPS_PER_VALUE);
    const order = compareValues(value, wanted);
    return order !== undefined && passes(order);
  });
}

/** The orders that each comparison takes. */
export const COMPARISONS: Readonly<Record<string, (order: -1 | 0 | 1) => boolean>> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};
