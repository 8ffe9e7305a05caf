import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { inTransaction } from '../database/transaction.js';
import type { Destination } from '../routing/topology.js';
import { EventLog } from '../telemetry/event-log.js';
import { advanceGate, type GateChange, type GateSignal } from './advance-gate.js';
import type { Quota } from './quota.js';
import { GATE_COLUMNS, toGate, type Gate, type GateRow } from './gate.js';
import { PAUSED_BY_ANSWER } from './pause-reasons.js';

/** Writes what attempts say about their destinations to the gates. */
@Injectable()
export class GateStore {
  constructor(
    private readonly pools: Pools,
    private readonly events: EventLog,
  ) {}

  /**
   * Moves the destination's gate; writes only when something changed.
   * @returns whether anything may be sent through it now, for the breaker of this process.
   */
  async record(destination: Destination, signals: readonly GateSignal[]): Promise<'open' | 'shut'> {
    const { gate, change } = await inTransaction(this.pools.work, async (client) => {
      // Results wait for this: a gate that somebody holds for long must not hold them up.
      await client.query(`SET LOCAL lock_timeout = '1s'`);
      const { rows } = await client.query<GateRow>(
        `SELECT ${GATE_COLUMNS} FROM hookyard.destination_gate g WHERE g.destination_id = $1 FOR UPDATE`,
        [destination.id],
      );
      const now = rows[0] && toGate(rows[0]);
      const next = now && advanceGate(now, signals, destination.policy);
      if (next) await client.query(UPDATE_GATE, updateValues(destination.id, next));
      return { gate: now, change: next };
    });
    if (!gate) return 'open';
    if (change) this.announce(destination.name, gate, change);
    const breaker = gate.forced ?? (change ?? gate).breaker;
    return gate.paused || change?.gone || breaker === 'open' ? 'shut' : 'open';
  }

  /** Remembers what destinations said about their rate limits, by id; in one order of locks for every process. */
  async recordQuotas(quotas: ReadonlyMap<number, Quota>): Promise<void> {
    const sorted = [...quotas].toSorted(([a], [b]) => a - b);
    await this.pools.work.query({
      name: 'record-quotas',
      text: RECORD_QUOTAS,
      values: [
        sorted.map(([id]) => id),
        sorted.map(([, { limit }]) => limit ?? null),
        sorted.map(([, { remaining }]) => remaining),
        sorted.map(([, { resetMs }]) => resetMs),
      ],
    });
  }

  private announce(destination: string, before: Gate, change: GateChange): void {
    const { failures, cooldownMs } = change;
    if (before.breaker === 'closed' && change.breaker === 'open' && cooldownMs !== undefined) {
      this.events.breakerOpened({ destination, failures, deliveries: change.failingDeliveries.length, cooldownMs });
    }
    if (before.breaker === 'open') {
      const probes = before.cooldownLevel + 1;
      const openForMs = Math.round(before.inStateMs);
      if (change.breaker === 'closed') this.events.breakerClosed({ destination, probes, openForMs });
      else if (cooldownMs !== undefined) this.events.breakerProbed({ destination, probes, openForMs, cooldownMs });
    }
    if (change.gone) this.events.destinationPaused(destination, PAUSED_BY_ANSWER);
  }
}

const RECORD_QUOTAS = `
  WITH seen AS (
    SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::float8[]) AS s(destination_id, quota, remaining, reset_ms)
  ), locked AS (
    SELECT g.destination_id FROM hookyard.destination_gate g WHERE g.destination_id = ANY ($1)
    ORDER BY g.destination_id FOR NO KEY UPDATE
  )
  UPDATE hookyard.destination_gate g SET quota_limit = seen.quota, quota_remaining = seen.remaining,
    quota_until = clock_timestamp() + seen.reset_ms * interval '1 ms', quota_seen_at = clock_timestamp()
  FROM seen JOIN locked USING (destination_id) WHERE g.destination_id = seen.destination_id`;

const UPDATE_GATE = `
  UPDATE hookyard.destination_gate SET
    breaker_since = CASE WHEN breaker_state = $2 THEN breaker_since ELSE clock_timestamp() END,
    breaker_state = $2, failures = $3, failing_deliveries = $4,
    failing_since = CASE WHEN $3 = 0 THEN NULL WHEN $5 THEN clock_timestamp() ELSE failing_since END,
    cooldown_level = $6,
    opened_until = CASE WHEN $2 = 'closed' THEN NULL
                        WHEN $7::float8 IS NULL THEN opened_until
                        ELSE clock_timestamp() + $7 * interval '1 ms' END,
    ramp_slots = $8,
    not_before = CASE WHEN $9::float8 IS NULL THEN not_before
                      ELSE greatest(not_before, clock_timestamp() + $9 * interval '1 ms') END,
    paused_at = CASE WHEN $10 THEN coalesce(paused_at, clock_timestamp()) ELSE paused_at END,
    pause_reason = CASE WHEN $10 THEN coalesce(pause_reason, $11) ELSE pause_reason END
  WHERE destination_id = $1`;

function updateValues(destinationId: number, change: GateChange): unknown[] {
  return [
    destinationId,
    change.breaker,
    change.failures,
    change.failingDeliveries,
    change.failingStartsNow,
    change.cooldownLevel,
    change.cooldownMs ?? null,
    change.rampSlots ?? null,
    change.deferMs ?? null,
    change.gone,
    PAUSED_BY_ANSWER,
  ];
}
