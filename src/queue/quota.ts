/** What a destination says is left of its own rate limit. */
export interface Quota {
  /** Requests in a window; `undefined` when it does not say. */
  readonly limit: number | undefined;
  readonly remaining: number;
  /** Until the window ends. */
  readonly resetMs: number;
}

/** Believed for no longer: a header that lies, or a clock that is off, must not stop a destination. */
const LONGEST_BELIEVED_MS = 5 * 60_000;
const LOW_SHARE = 0.2;
const LOW_WITHOUT_LIMIT = 10;

/** The quota with its window cut to what is believed; `undefined`: it says nothing that could be acted on. */
export function believedQuota({ limit, remaining, resetMs }: Quota): Quota | undefined {
  if (!(remaining >= 0) || !(resetMs > 0)) return undefined;
  const whole = (value: number): number => Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER);
  return {
    limit: limit !== undefined && limit >= 1 ? whole(limit) : undefined,
    remaining: whole(remaining),
    resetMs: Math.min(Math.ceil(resetMs), LONGEST_BELIEVED_MS),
  };
}

/** So little is left that what is left is spread over the time until there is more. */
export function isLow({ limit, remaining }: Quota): boolean {
  return remaining <= (limit === undefined ? LOW_WITHOUT_LIMIT : Math.max(1, limit * LOW_SHARE));
}

/** Requests per second that use up what is left just when the window ends; `undefined`: no need to hold back. */
export function paceOf(quota: Quota): number | undefined {
  return isLow(quota) ? (quota.remaining * 1_000) / quota.resetMs : undefined;
}
