/**
 * What a `Retry-After` header asks for, in milliseconds from `now`: whole seconds or an HTTP date (RFC 9110 §10.2.3).
 * `undefined` when there is none or it says neither. Not clamped; a date that has passed gives 0.
 */
export function retryAfterMs(value: string | readonly string[] | undefined, now: number): number | undefined {
  const text = (typeof value === 'string' ? value : value?.[0])?.trim();
  if (!text) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  // A date has letters; without them `Date.parse` would read `-5` or `1e9` as years.
  const date = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
