import type { CheckContext, Verdict } from './scheme.js';

/** How a sender writes a time: Unix seconds or milliseconds, or ISO 8601 in UTC (`2026-11-02T12:00:00Z`). */
export type TimestampFormat = 'seconds' | 'milliseconds' | 'iso8601';

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
  const detail = age > 0 ? `signed ${age} s ago` : `signed ${-age} s in the future`;
  return { outcome: 'stale', detail, ageSeconds: age };
}

/** Of one length, so that a time beside a body has one end: ten digits of seconds reach the year 2286. */
const DIGITS = { seconds: /^\d{10}$/, milliseconds: /^\d{13}$/ };
const ISO_8601_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** A written time as Unix seconds in text, for `staleness`; `undefined` when it is not exactly of that format. */
export function secondsOf(text: string, format: TimestampFormat): string | undefined {
  if (!(format === 'iso8601' ? ISO_8601_UTC : DIGITS[format]).test(text)) return undefined;
  if (format === 'seconds') return text;
  const instant = new Date(format === 'iso8601' ? text : Number(text));
  return Number.isNaN(instant.getTime()) ? undefined : String(unixSeconds(instant));
}

/** An instant as the sender writes it. */
export function writeTime(instant: Date, format: TimestampFormat): string {
  if (format === 'seconds') return String(unixSeconds(instant));
  return format === 'milliseconds' ? String(instant.getTime()) : instant.toISOString().replace('.000Z', 'Z');
}
