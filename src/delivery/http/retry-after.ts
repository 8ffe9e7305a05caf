/** The three forms of RFC 9110 §5.6.7. `Date.parse` alone finds a date in `try 5` too, and reads the third as local time. */
const HTTP_DATE =
  /^([A-Z][a-z]+, \d\d[ -][A-Z][a-z]{2}[ -](\d\d){1,2} [\d:]{8} GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4})$/;

/** Whole seconds by the standard; fractions are usual (Discord), and `1e9` or `-5` are meant as numbers too. */
const SECONDS = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/**
 * What a `Retry-After` header asks for, in milliseconds from `now`: seconds or an HTTP date (RFC 9110 §10.2.3).
 * `undefined` when there is none or it says neither. Not clamped, so possibly infinite; what has passed gives 0.
 */
export function retryAfterMs(value: string | readonly string[] | undefined, now: number): number | undefined {
  const text = (typeof value === 'string' ? value : value?.[0])?.trim();
  if (!text) return undefined;
  if (SECONDS.test(text)) return Math.max(0, Math.ceil(Number(text) * 1000));
  if (!HTTP_DATE.test(text)) return undefined;
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
