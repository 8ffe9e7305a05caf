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

/** A batch carries up to this many rows per slot, so that a fast destination costs one claim per ~100 deliveries. */
const ROWS_PER_SLOT = 5;
const MAX_ROWS = 100;

/** May a batch for this destination be claimed now, and how large? Pure: pause, an operator's breaker, `not_before`, quota, rate, breaker, slots, in that order. */
export function allowance(gate: Gate, live: LiveWork, policy: DeliveryPolicy): Allowance {
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
  const free = Math.min(policy.concurrency, gate.rampSlots ?? Infinity) - live.slots;
  if (free <= 0) return { waitMs: Infinity };
  // While ramping up, a batch holds no more than what is sent at once: the next one is decided on its results.
  const depth = gate.rampSlots === undefined ? free * ROWS_PER_SLOT : free;
  const rows = Math.min(depth, MAX_ROWS, left, tokens === undefined ? Infinity : Math.floor(tokens));
  return { rows, slots: Math.min(free, rows), isProbe: false, tokensBefore: tokens };
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
