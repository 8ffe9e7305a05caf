import type { CheckContext, Verdict } from './scheme.js';

/** Digits only, so that the text has one meaning: `parseInt` would take `1700000000abc`. Twelve reach the year 33658. */
const UNIX_SECONDS = /^\d{1,12}$/;

/** Whether a header's text is a Unix time in whole seconds. What is signed is this literal text, never a number made of it. */
export function isUnixSeconds(text: string): boolean {
  return UNIX_SECONDS.test(text);
}

/** An instant as whole Unix seconds, rounded down. */
export function unixSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

/**
 * `stale` when a signed time is further from now than the tolerance, in the past or in the future; `undefined` when it is
 * near enough (exactly the tolerance is). Ask only after the MAC matched: a forger learns nothing about clocks.
 */
export function staleness(timestamp: string, { now, toleranceSeconds }: CheckContext): Verdict | undefined {
  const age = unixSeconds(now) - Number(timestamp);
  // Written so that NaN, from an invalid date, counts as stale.
  if (Math.abs(age) <= toleranceSeconds) return undefined;
  return { outcome: 'stale', detail: age > 0 ? `signed ${age} s ago` : `signed ${-age} s in the future` };
}
