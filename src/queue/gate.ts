import type { Quota } from './quota.js';

/**
 * The gate of a destination as a decision sees it: the row's times already turned into distances from the database's clock,
 * so that deciding needs no clock of its own.
 */
export interface Gate {
  readonly destinationId: number;
  readonly paused: boolean;
  /** Until `not_before`; 0 or less: it has passed. */
  readonly notBeforeInMs: number;
  readonly breaker: 'closed' | 'open';
  /** What an operator decided, whatever `breaker` is; that is not moved meanwhile. `undefined`: nothing, or its time is over. */
  readonly forced: 'closed' | 'open' | undefined;
  /** Until that is over; `Infinity`: until somebody ends it. */
  readonly forcedForMs: number;
  /** Since the breaker became what it is. */
  readonly inStateMs: number;
  /** Until the cooldown ends; meaningful while open. */
  readonly openForMs: number;
  readonly cooldownLevel: number;
  /** Consecutive failures, and the distinct deliveries they came from (as many as matter). */
  readonly failures: number;
  readonly failingDeliveries: readonly string[];
  /** Since the first of them. */
  readonly failingForMs: number;
  /** Slots allowed while a backlog drains after the breaker closed; `undefined`: all. */
  readonly rampSlots: number | undefined;
  readonly lastProbedDeliveryId: string | undefined;
  /** Rate tokens when they were last counted; `undefined`: never counted, the bucket is full. */
  readonly rateTokens: number | undefined;
  readonly rateCountedMsAgo: number;
  /** What the destination said is left of its own rate limit; `undefined`: nothing, or that window is over. */
  readonly quota: Quota | undefined;
}

/** SQL: what an operator forces the breaker of gate `g` to be right now; null when nothing. */
export const FORCED = `CASE WHEN g.breaker_forced_until <= clock_timestamp() THEN NULL ELSE g.breaker_forced END`;

/** SQL: may nothing at all be sent through gate `g`, by its breaker or a person's word? A probe is another question. */
export const IS_SHUT = `(g.paused_at IS NOT NULL OR coalesce(${FORCED}, g.breaker_state) = 'open')`;

/** Columns of `hookyard.destination_gate g` that make a `Gate`; see `toGate`. */
export const GATE_COLUMNS = `
  g.destination_id, g.paused_at IS NOT NULL AS paused, g.breaker_state, ${FORCED} AS forced, g.failures, g.failing_deliveries, g.cooldown_level,
  g.ramp_slots, g.last_probed_delivery_id, g.rate_tokens, clock_timestamp()::text AS read_at,
  coalesce(extract(epoch FROM g.not_before - clock_timestamp()) * 1000, 0)::float8 AS not_before_in_ms,
  (extract(epoch FROM g.breaker_forced_until - clock_timestamp()) * 1000)::float8 AS forced_for_ms,
  (extract(epoch FROM clock_timestamp() - g.breaker_since) * 1000)::float8 AS in_state_ms,
  coalesce(extract(epoch FROM g.opened_until - clock_timestamp()) * 1000, 0)::float8 AS open_for_ms,
  coalesce(extract(epoch FROM clock_timestamp() - g.failing_since) * 1000, 0)::float8 AS failing_for_ms,
  coalesce(extract(epoch FROM clock_timestamp() - g.rate_refilled_at) * 1000, 0)::float8 AS rate_counted_ms_ago,
  g.quota_limit::float8 AS quota_limit, g.quota_remaining::float8 AS quota_remaining,
  coalesce(extract(epoch FROM g.quota_until - clock_timestamp()) * 1000, 0)::float8 AS quota_for_ms`;

/** A row of `GATE_COLUMNS`. */
export interface GateRow {
  destination_id: number;
  paused: boolean;
  breaker_state: 'closed' | 'open';
  forced: 'closed' | 'open' | null;
  forced_for_ms: number | null;
  in_state_ms: number;
  failures: number;
  failing_deliveries: string[];
  cooldown_level: number;
  ramp_slots: number | null;
  last_probed_delivery_id: string | null;
  rate_tokens: number | null;
  /** The database's clock, as text: a `Date` has only milliseconds. */
  read_at: string;
  not_before_in_ms: number;
  open_for_ms: number;
  failing_for_ms: number;
  rate_counted_ms_ago: number;
  quota_limit: number | null;
  quota_remaining: number | null;
  quota_for_ms: number;
}

/** Turns a row into a `Gate`. */
export function toGate(row: GateRow): Gate {
  return {
    destinationId: row.destination_id,
    paused: row.paused,
    notBeforeInMs: row.not_before_in_ms,
    breaker: row.breaker_state,
    forced: row.forced ?? undefined,
    forcedForMs: row.forced_for_ms ?? Infinity,
    inStateMs: row.in_state_ms,
    openForMs: row.open_for_ms,
    cooldownLevel: row.cooldown_level,
    failures: row.failures,
    failingDeliveries: row.failing_deliveries,
    failingForMs: row.failing_for_ms,
    rampSlots: row.ramp_slots ?? undefined,
    lastProbedDeliveryId: row.last_probed_delivery_id ?? undefined,
    rateTokens: row.rate_tokens ?? undefined,
    rateCountedMsAgo: row.rate_counted_ms_ago,
    quota:
      row.quota_remaining === null || row.quota_for_ms <= 0
        ? undefined
        : { limit: row.quota_limit ?? undefined, remaining: row.quota_remaining, resetMs: row.quota_for_ms },
  };
}
