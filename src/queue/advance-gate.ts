import type { DeliveryPolicy } from '../config/config.js';
import type { Gate } from './gate.js';

/** What one attempt says about its destination. */
export interface GateSignal {
  readonly deliveryId: string;
  /** `alive`: it answered in a way that shows it works; `failed`: it did not; `none`: says nothing either way. */
  readonly health: 'alive' | 'failed' | 'none';
  readonly isProbe: boolean;
  /** The destination asked for quiet until then (429, 503 with Retry-After). */
  readonly deferMs?: number;
  /** The destination says it is gone for good (410). */
  readonly gone?: boolean;
}

/** The gate's next state. */
export interface GateChange {
  readonly breaker: 'closed' | 'open';
  readonly failures: number;
  readonly failingDeliveries: readonly string[];
  /** The run of failures began with these signals, so its clock starts now. */
  readonly failingStartsNow: boolean;
  readonly cooldownLevel: number;
  /** Set when a cooldown starts now. */
  readonly cooldownMs: number | undefined;
  readonly rampSlots: number | undefined;
  readonly deferMs: number | undefined;
  readonly gone: boolean;
}

/** A run of failures on fewer deliveries than this never opens: a single poison webhook is not a dead destination. */
const DISTINCT_DELIVERIES = 3;

/**
 * Moves a gate by what its destination's attempts said, in the order they ended. Closed: consecutive failures within the window,
 * over at least three deliveries, open it. Open: only the probe counts; success closes it with a ramp of 1 slot, failure
 * doubles the cooldown. Results that straggle in from before the opening change nothing. Forced: nothing moves it.
 * @returns `undefined` when nothing changed.
 */
export function advanceGate(
  gate: Gate,
  signals: readonly GateSignal[],
  policy: DeliveryPolicy,
): GateChange | undefined {
  const { failures: limit, windowMs, cooldownMs, maxCooldownMs } = policy.breaker;
  let state: GateChange = {
    breaker: gate.breaker,
    failures: gate.failures,
    failingDeliveries: gate.failingDeliveries,
    failingStartsNow: false,
    cooldownLevel: gate.cooldownLevel,
    cooldownMs: undefined,
    rampSlots: gate.rampSlots,
    deferMs: undefined,
    gone: false,
  };
  const before = state;
  const clean = { failures: 0, failingDeliveries: [], failingStartsNow: false };
  for (const signal of signals) {
    if (signal.deferMs !== undefined && signal.deferMs > (state.deferMs ?? 0))
      state = { ...state, deferMs: signal.deferMs };
    if (signal.gone && !gate.paused) state = { ...state, gone: true };
    // While an operator holds the breaker, nothing that comes in moves it; least of all an answer from before.
    if (signal.health === 'none' || gate.forced !== undefined) continue;
    if (state.breaker === 'open') {
      if (!signal.isProbe) continue;
      if (signal.health === 'alive') {
        state = { ...state, ...clean, breaker: 'closed', cooldownLevel: 0, cooldownMs: undefined, rampSlots: 1 };
      } else {
        const cooldownLevel = state.cooldownLevel + 1;
        state = { ...state, cooldownLevel, cooldownMs: Math.min(cooldownMs * 2 ** cooldownLevel, maxCooldownMs) };
      }
    } else if (signal.health === 'alive') {
      if (state.failures > 0) state = { ...state, ...clean };
      if (state.rampSlots !== undefined) state = { ...state, rampSlots: wider(state.rampSlots, policy.concurrency) };
    } else {
      state = countFailure(state, signal.deliveryId, gate.failingForMs > windowMs);
      if (state.failures >= limit && state.failingDeliveries.length >= DISTINCT_DELIVERIES) {
        state = { ...state, breaker: 'open', cooldownLevel: 0, cooldownMs, rampSlots: undefined };
      }
    }
  }
  return state === before ? undefined : state;
}

function countFailure(state: GateChange, deliveryId: string, windowOver: boolean): GateChange {
  // A run that began before the window starts again from here.
  const restart = state.failures === 0 || (windowOver && !state.failingStartsNow);
  const failing = restart ? [] : state.failingDeliveries;
  const known = failing.includes(deliveryId) || failing.length >= DISTINCT_DELIVERIES;
  return {
    ...state,
    failures: restart ? 1 : state.failures + 1,
    failingDeliveries: known ? failing : [...failing, deliveryId],
    failingStartsNow: restart || state.failingStartsNow,
  };
}

/** One slot more for each success: a round in which all slots succeed doubles them (1, 2, 4 …). All of them: no ramp. */
function wider(slots: number, concurrency: number): number | undefined {
  return slots + 1 >= concurrency ? undefined : slots + 1;
}
