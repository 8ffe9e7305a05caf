import type { GateChange } from './advance-gate.js';
import type { Gate } from './gate.js';

/** The gate of a destination that nothing ever happened to. For tests. */
export const GATE_AT_REST: Gate = {
  destinationId: 1,
  paused: false,
  notBeforeInMs: 0,
  breaker: 'closed',
  forced: undefined,
  forcedForMs: Infinity,
  inStateMs: 0,
  openForMs: 0,
  cooldownLevel: 0,
  failures: 0,
  failingDeliveries: [],
  failingForMs: 0,
  rampSlots: undefined,
  lastProbedDeliveryId: undefined,
  rateTokens: undefined,
  rateCountedMsAgo: 0,
  quota: undefined,
};

/** The gate after a change was written, as the next reader finds it. For tests. */
export function gateAfter(gate: Gate, change: GateChange | undefined, failingForMs = 0): Gate {
  if (!change) return gate;
  const { breaker, failures, failingDeliveries, cooldownLevel, rampSlots } = change;
  return { ...gate, breaker, failures, failingDeliveries, cooldownLevel, rampSlots, failingForMs };
}
