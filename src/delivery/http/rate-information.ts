import { believedQuota, type Quota } from '../../queue/quota.js';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Seconds since 1970 are at least this; a window of that many seconds (30 years) is none. */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e12;
const NUMBER = /^\d+(\.\d+)?(e\d+)?$/i;
const FAMILIES = ['ratelimit', 'x-ratelimit', 'x-rate-limit'];

/**
 * What an answer says about the destination's rate limit: `RateLimit: "default";r=50;t=30` (IETF draft, with `q` from
 * `RateLimit-Policy`), `RateLimit: limit=100, remaining=50, reset=30` (its earlier form), and `RateLimit-…`, `X-RateLimit-…`,
 * `X-Rate-Limit-…` with `-Limit`, `-Remaining` and `-Reset` (seconds, seconds or milliseconds since 1970, or a date) or
 * `-Reset-After`. Of several limits the one with the least left. `now` in ms since 1970. `undefined`: it says nothing useful.
 */
export function rateInformation(headers: Headers, now: number): Quota | undefined {
  const whole = text(headers, 'ratelimit');
  const found = whole === undefined ? undefined : fromOneField(whole, text(headers, 'ratelimit-policy') ?? '');
  const quota = found ?? fromFamilies(headers, now);
  return quota && believedQuota(quota);
}

function fromFamilies(headers: Headers, now: number): Quota | undefined {
  for (const family of FAMILIES) {
    const remaining = number(text(headers, `${family}-remaining`));
    const after = number(text(headers, `${family}-reset-after`));
    const resetMs = after === undefined ? msUntil(text(headers, `${family}-reset`), now) : after * 1_000;
    // `100, 100;w=60`: the limit in force comes first.
    const limit = number(text(headers, `${family}-limit`)?.split(/[,;]/, 1)[0]);
    if (remaining !== undefined && resetMs !== undefined) return { limit, remaining, resetMs };
  }
  return undefined;
}

function fromOneField(field: string, policy: string): Quota | undefined {
  const earlier = parameters(field);
  if (earlier.has('remaining')) return quotaOf(earlier.get('remaining'), earlier.get('reset'), earlier.get('limit'));
  const limits = new Map(policy.split(',').map((item) => [nameOf(item), parameters(item).get('q')]));
  const all = field.split(',').flatMap((item) => {
    const own = parameters(item);
    return quotaOf(own.get('r'), own.get('t'), limits.get(nameOf(item))) ?? [];
  });
  return all.toSorted((a, b) => a.remaining - b.remaining)[0];
}

function quotaOf(
  remaining: string | undefined,
  reset: string | undefined,
  limit: string | undefined,
): Quota | undefined {
  const [left, seconds] = [number(remaining), number(reset)];
  return left === undefined || seconds === undefined
    ? undefined
    : { limit: number(limit), remaining: left, resetMs: seconds * 1_000 };
}

function nameOf(item: string): string {
  return item.split(';', 1)[0]?.trim() ?? '';
}

/** `a=1`, between commas or semicolons; names in lower case. */
function parameters(list: string): Map<string, string> {
  const pairs = list.split(/[,;]/).map((part) => part.split('=').map((side) => side.trim()));
  return new Map(
    pairs.flatMap(([name = '', value]) => (value === undefined ? [] : [[name.toLowerCase(), value] as const])),
  );
}

function msUntil(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const count = number(value);
  if (count === undefined) {
    // A bare word or number is no date, whatever `Date.parse` makes of it.
    const date = /\d\d:\d\d/.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(date) ? undefined : date - now;
  }
  if (count >= EPOCH_MS) return count - now;
  return count >= EPOCH_SECONDS ? count * 1_000 - now : count * 1_000;
}

function number(value: string | undefined): number | undefined {
  return value !== undefined && value.length <= 32 && NUMBER.test(value.trim()) ? Number(value) : undefined;
}

function text(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  // A list of fields is one field with commas between (RFC 9110, 5.3); nobody needs more than this of it.
  return (typeof value === 'string' || value === undefined ? value : value.join(','))?.slice(0, 1_000);
}
