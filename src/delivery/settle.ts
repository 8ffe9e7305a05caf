import type { DeliveryPolicy, RetryPolicy } from '../config/config.js';
import type { GateSignal } from '../queue/advance-gate.js';
import type { ErrorClass, Outcome } from './outcome.js';
import { verdictOn } from './status-verdict.js';

/** What a decision needs to know of the delivery. */
export interface Standing {
  /** Attempts recorded so far, of all rounds, counted or not, without the one just made. */
  readonly attempts: number;
  /** Attempts that count in this round, without the one just made. */
  readonly roundAttempts: number;
  /** Since the round began. */
  readonly ageMs: number;
  /** The attempt tried a destination behind an open breaker. */
  readonly isProbe: boolean;
}

/** What becomes of the delivery, and what its attempt says about the destination. */
export interface Settlement {
  readonly status: 'delivered' | 'pending' | 'dead';
  /** Until the next attempt; only `pending`. */
  readonly delayMs: number | undefined;
  readonly deadReason: DeadReason | undefined;
  /** How the attempt is recorded; `undefined`: nothing was tried, or the record is written already. */
  readonly attempt: 'delivered' | 'failed' | 'deferred' | 'interrupted' | undefined;
  /** Does it use up one of the attempts its policy grants? */
  readonly counts: boolean;
  readonly statusCode: number | undefined;
  readonly errorClass: ErrorClass | undefined;
  readonly health: GateSignal['health'];
  readonly deferMs: number | undefined;
  readonly gone: boolean;
}

/** Why a delivery is a dead letter. */
export const DEAD_REASONS = [
  'rejected',
  'gone',
  'attempts_exhausted',
  'max_age',
  'body_missing',
  'filter_failed',
  'worker_lost',
  'destination_removed',
] as const;

export type DeadReason = (typeof DEAD_REASONS)[number];

const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = 503;
/** A 429 that names no time. */
const DEFAULT_DEFER_MS = 30_000;
const SHORTEST_DEFER_MS = 1_000;
const LONGEST_DEFER_MS = 24 * 3_600_000;
/** Being asked to wait uses no attempt; so whoever asks for a second each time is asked less and less often, up to this. */
const LONGEST_OWN_DEFER_MS = 5 * 60_000;

/**
 * (outcome, attempts so far, policy) → delivered | again after a while | dead. Pure; `random` in [0, 1) spreads the waits.
 * A probe, an interruption and a destination that asks for quiet use no attempt; only the maximum age bounds them.
 */
export function settle(outcome: Outcome, standing: Standing, policy: DeliveryPolicy, random: number): Settlement {
  switch (outcome.kind) {
    case 'committed':
      return { ...NOTHING, status: 'delivered', health: 'alive' };
    case 'not-started':
      return notStarted(outcome.delayMs);
    case 'interrupted':
      return tooOld(standing, outcome.delayMs, policy.retry)
        ? { ...NOTHING, status: 'dead', deadReason: 'max_age', attempt: 'interrupted' }
        : { ...NOTHING, status: 'pending', delayMs: outcome.delayMs, attempt: 'interrupted' };
    case 'failed': {
      const failed: Settlement = { ...NOTHING, status: 'pending', attempt: 'failed', errorClass: outcome.errorClass };
      if (outcome.errorClass === 'BODY_MISSING') return { ...failed, status: 'dead', deadReason: 'body_missing' };
      return again({ ...failed, health: 'failed' }, standing, policy.retry, random);
    }
    case 'answered':
      return settleAnswer(outcome, standing, policy, random);
  }
}

/** Back to pending, as if it had never been claimed. */
export function notStarted(delayMs: number): Settlement {
  return { ...NOTHING, status: 'pending', delayMs };
}

const NOTHING: Settlement = {
  status: 'pending',
  delayMs: undefined,
  deadReason: undefined,
  attempt: undefined,
  counts: false,
  statusCode: undefined,
  errorClass: undefined,
  health: 'none',
  deferMs: undefined,
  gone: false,
};

function settleAnswer(
  { statusCode, retryAfterMs }: Extract<Outcome, { kind: 'answered' }>,
  standing: Standing,
  policy: DeliveryPolicy,
  random: number,
): Settlement {
  const answered = { ...NOTHING, statusCode, health: 'alive' as const };
  if (statusCode >= 200 && statusCode < 300) {
    return { ...answered, status: 'delivered', attempt: 'delivered', counts: true };
  }
  const failed: Settlement = { ...answered, status: 'pending', attempt: 'failed', errorClass: classOf(statusCode) };
  const verdict = verdictOn(statusCode, policy.statuses);
  if (verdict === 'pause') return { ...failed, status: 'dead', counts: true, deadReason: 'gone', gone: true };
  if (verdict === 'dead') {
    // That a request is at fault shows a destination that works; a 5xx does not, whatever becomes of the delivery.
    const health = statusCode >= 500 ? 'failed' : 'alive';
    return { ...failed, status: 'dead', counts: true, deadReason: 'rejected', health };
  }
  const asked =
    retryAfterMs === undefined ? undefined : Math.ceil(clamp(retryAfterMs, SHORTEST_DEFER_MS, LONGEST_DEFER_MS));
  if (statusCode === TOO_MANY_REQUESTS || (statusCode === UNAVAILABLE && asked !== undefined)) {
    const deferMs = asked ?? DEFAULT_DEFER_MS;
    const uncounted = Math.max(0, standing.attempts - standing.roundAttempts);
    const delayMs = Math.max(deferMs, Math.min(SHORTEST_DEFER_MS * 2 ** uncounted, LONGEST_OWN_DEFER_MS));
    const deferred: Settlement = { ...failed, attempt: 'deferred', health: 'none', deferMs, delayMs };
    return tooOld(standing, delayMs, policy.retry) ? { ...deferred, status: 'dead', deadReason: 'max_age' } : deferred;
  }
  return again({ ...failed, health: 'failed' }, standing, policy.retry, random, asked);
}

/** `floorMs`: what the destination asked for; it lengthens the schedule's wait and never shortens it. */
function again(
  failed: Settlement,
  standing: Standing,
  retry: RetryPolicy,
  random: number,
  floorMs: number = 0,
): Settlement {
  const counts = !standing.isProbe;
  const waits = retry.scheduleMs;
  const next = standing.isProbe ? Math.min(standing.roundAttempts, waits.length - 1) : standing.roundAttempts;
  const wait = standing.isProbe ? (waits[next] ?? 0) : waits[next];
  if (wait === undefined) return { ...failed, counts, status: 'dead', deadReason: 'attempts_exhausted' };
  // Whole milliseconds, and never in step with the others that failed at the same moment.
  const varied = Math.max(0, Math.round(wait * (1 + retry.jitter * (2 * random - 1))));
  const leftMs = Math.floor(retry.maxAgeMs - standing.ageMs);
  // Whether an attempt fits is the schedule's to say, as it is written: neither the dice nor what the attempts before it
  // took may turn one that is due within the maximum age into a dead letter. It is made at the last moment instead.
  const planned = wait <= leftMs || (leftMs > 0 && sum(waits, next + 1) <= retry.maxAgeMs);
  if (!planned) return { ...failed, counts, status: 'dead', deadReason: 'max_age' };
  // A failure does not get to end a delivery by asking for more time than there is, either.
  const delayMs = Math.min(Math.max(varied, floorMs), leftMs);
  return { ...failed, counts, status: 'pending', delayMs };
}

function tooOld({ ageMs }: Standing, delayMs: number, retry: RetryPolicy): boolean {
  return ageMs + delayMs > retry.maxAgeMs;
}

function sum(values: readonly number[], count: number): number {
  let total = 0;
  for (let i = 0; i < count; i += 1) total += values[i] ?? 0;
  return total;
}

function classOf(statusCode: number): ErrorClass {
  if (statusCode >= 500) return 'HTTP_5XX';
  return statusCode >= 400 ? 'HTTP_4XX' : 'HTTP_3XX';
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
