import type { DeliveryPolicy } from '../config/config.js';
import type { Gate } from './gate.js';
import { paceOf } from './quota.js';

/** What one claim may take through a gate. */
export interface Grant {
  readonly rows: number;
  /** Sends at the same time that the batch may make. */
  readonly slots: number;
  /** A single delivery that tries whether the destination is back. */
  readonly isProbe: boolean;
  /** Rate tokens before this claim; `undefined` without a rate limit. */
  readonly tokensBefore: number | undefined;
}

/** `waitMs`: nothing can change before then by the clock alone; `Infinity`: only by an event (a slot freed, a resume). */
export type Allowance = Grant | { readonly waitMs: number };

/** What live batches of the destination hold, in all processes. */
export interface LiveWork {
  readonly slots: number;
  readonly probing: boolean;
  /** Deliveries in them that are not done with. */
  readonly rows: number;
}

/** What a process knows of a destination from its own work. */
export interface Pace {
  /** How long an attempt takes; `undefined`: it made none yet. */
  readonly attemptMs: number | undefined;
  /** Since it last claimed for the destination; `Infinity`: never. */
  readonly claimedMsAgo: number;
  /** So much is under way, for all destinations, that batches must not be deep: their events lie in memory. */
  readonly isCrowded: boolean;
}

/** Of a destination nobody has sent to. */
export const UNKNOWN_PACE: Pace = { attemptMs: undefined, claimedMsAgo: Infinity, isCrowded: false };

/** Rows per slot of a batch: few, where nothing is known or much is under way … */
const ROWS_PER_SLOT = 5;
/** … and up to this where attempts are fast: each batch costs several commits, whatever its size. */
const MOST_ROWS_PER_SLOT = 25;
/** A batch's work takes about this long: what it holds is out of reach of a pause, and of other processes. */
const BATCH_MS = 1_000;
const MAX_ROWS = 100;
const MOST_ROWS = 500;
/** While a destination's batches are at work, a few slots that come free wait this long for others, to be claimed for together. */
const CRUMB_MS = 25;

/** May a batch for this destination be claimed now, and how large? Pure: pause, an operator's breaker, `not_before`, quota, rate, breaker, slots, in that order. */
export function allowance(gate: Gate, live: LiveWork, policy: DeliveryPolicy, pace: Pace = UNKNOWN_PACE): Allowance {
  if (gate.paused) return { waitMs: Infinity };
  // Not even a probe: somebody said so.
  if (gate.forced === 'open') return { waitMs: gate.forcedForMs };
  if (gate.notBeforeInMs > 0) return { waitMs: gate.notBeforeInMs };
  // What is under way may use up what the destination has left; claiming more would only be refused by it.
  const left = gate.quota === undefined ? Infinity : gate.quota.remaining - live.rows;
  if (gate.quota !== undefined && left < 1) return { waitMs: gate.quota.resetMs };
  const rate = rateOf(gate, policy);
  const tokens = rate === undefined ? undefined : tokensNow(gate, rate);
  if (rate !== undefined && tokens !== undefined && tokens < 1) return { waitMs: ((1 - tokens) / rate) * 1000 };
  if (gate.breaker === 'open' && gate.forced === undefined) {
    if (gate.openForMs > 0) return { waitMs: gate.openForMs };
    // One probe in the whole cluster, and alone: what was under way when the breaker opened ends first.
    if (live.probing || live.slots > 0) return { waitMs: Infinity };
    return { rows: 1, slots: 1, isProbe: true, tokensBefore: tokens };
  }
  const all = Math.min(policy.concurrency, gate.rampSlots ?? Infinity);
  const free = all - live.slots;
  if (free <= 0) return { waitMs: Infinity };
  if (live.slots > 0 && free < all / 2 && pace.claimedMsAgo < CRUMB_MS) return { waitMs: CRUMB_MS - pace.claimedMsAgo };
  // While ramping up, a batch holds no more than what is sent at once: the next one is decided on its results.
  const perSlot = gate.rampSlots === undefined ? rowsPerSlot(pace) : 1;
  const most = perSlot > ROWS_PER_SLOT ? MOST_ROWS : MAX_ROWS;
  const rows = Math.min(free * perSlot, most, left, tokens === undefined ? Infinity : Math.floor(tokens));
  return { rows, slots: Math.min(free, rows), isProbe: false, tokensBefore: tokens };
}

function rowsPerSlot({ attemptMs, isCrowded }: Pace): number {
  if (attemptMs === undefined) return ROWS_PER_SLOT;
  const most = isCrowded ? ROWS_PER_SLOT : MOST_ROWS_PER_SLOT;
  return Math.min(most, Math.max(1, Math.floor(BATCH_MS / Math.max(1, attemptMs))));
}

/** Sends per second: the policy's, or less while the destination's own limit is near. */
function rateOf(gate: Gate, policy: DeliveryPolicy): number | undefined {
  const pace = gate.quota === undefined ? undefined : paceOf(gate.quota);
  if (pace === undefined) return policy.ratePerSecond;
  return Math.min(policy.ratePerSecond ?? Infinity, pace);
}

/** A bucket of one second's worth, at least one token. */
function tokensNow(gate: Gate, ratePerSecond: number): number {
  const capacity = Math.max(1, ratePerSecond);
  if (gate.rateTokens === undefined) return capacity;
  return Math.min(capacity, gate.rateTokens + (ratePerSecond * Math.max(0, gate.rateCountedMsAgo)) / 1000);
}
