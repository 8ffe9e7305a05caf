import type { Pool } from 'pg';
import type { Quota } from '../queue/quota.js';
import type { Settlement } from './settle.js';

/** One delivery of a batch, done with: what was decided and how its attempt went. */
export interface Result {
  readonly deliveryId: string;
  readonly batchId: string;
  readonly destinationId: number;
  /** The lane that waits for it to end; see `queue/lanes.ts`. */
  readonly lane?: string | undefined;
  readonly settlement: Settlement;
  /** The attempt's number, of all rounds, from 1. */
  readonly number: number;
  /** `performance.now()` at its start; turned into the database's time when written. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly excerpt: string | undefined;
  /** What the destination said about its own rate limit. */
  readonly quota?: Quota | undefined;
  readonly isProbe: boolean;
  readonly runner: string;
}

/**
 * A result changes only a delivery that its batch still holds, except that a 2xx always makes it delivered: whoever else
 * claimed it meanwhile, the destination has it. Attempts are recorded in any case. Written twice (the first commit's answer was
 * lost) it changes nothing more. Batches are locked in one order and only count down: two settles of one batch can meet, and
 * neither would see that together they finish it; its runner drops it. The last select gives the gates that are not at rest:
 * an `alive` matters only to them, and what is shut stops this
 * process's sends.
 * Whether an attempt is written already is looked up for each by index (the LIMIT sees to it), in the days since the first of them
 * began: every midnight begins a partition without statistics, for which a join would compare each with each.
 */
const SETTLE = `
  WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::float8[], $5::boolean[], $6::int[], $7::text[], $8::text[],
                         $9::text[], $10::int[], $11::float8[], $12::int[], $13::text[], $14::boolean[])
      AS i(delivery_id, batch_id, status, delay_ms, counts, status_code, error_class, dead_reason,
           outcome, number, started_ms_ago, duration_ms, excerpt, is_probe)
  ), settled AS (
    UPDATE hookyard.delivery d SET
      status = i.status,
      batch_id = NULL,
      next_attempt_at = CASE WHEN i.status = 'pending' THEN clock_timestamp() + i.delay_ms * interval '1 ms'
                             ELSE d.next_attempt_at END,
      attempts = d.attempts + (i.outcome IS NOT NULL)::int,
      round_attempts = d.round_attempts + i.counts::int,
      interruptions = 0,
      last_status_code = CASE WHEN i.outcome IS NULL THEN d.last_status_code ELSE i.status_code END,
      last_error_class = CASE WHEN i.outcome IS NULL THEN d.last_error_class ELSE i.error_class END,
      dead_reason = i.dead_reason,
      settled_at = CASE WHEN i.status = 'pending' THEN NULL ELSE clock_timestamp() END
    FROM input i
    WHERE d.id = i.delivery_id
      AND ((d.batch_id = i.batch_id AND d.status = 'claimed') OR (i.status = 'delivered' AND d.status <> 'delivered'))
    RETURNING i.batch_id
  ), attempted AS (
    INSERT INTO hookyard.attempt (day, delivery_id, number, started_at, duration_ms, outcome, status_code, error_class,
      response_excerpt, is_probe, runner)
    SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date, delivery_id, number,
      clock_timestamp() - started_ms_ago * interval '1 ms', duration_ms, outcome, status_code, error_class, excerpt,
      is_probe, $15
    FROM input i LEFT JOIN LATERAL (
      SELECT a.day FROM hookyard.attempt a
      WHERE a.delivery_id = i.delivery_id AND a.number = i.number AND a.runner = $15
        AND a.day BETWEEN ((statement_timestamp() - $17 * interval '1 ms') AT TIME ZONE 'UTC')::date
                      AND (statement_timestamp() AT TIME ZONE 'UTC')::date + 1
      LIMIT 1) written ON true
    WHERE outcome IS NOT NULL AND written.day IS NULL
  ), done AS (
    SELECT batch_id, count(*)::int AS count FROM (
      SELECT batch_id FROM settled
      UNION ALL SELECT batch_id FROM input WHERE outcome IS NULL AND status = 'delivered') ended
    GROUP BY batch_id
  ), locked AS (
    SELECT b.id FROM hookyard.delivery_batch b WHERE b.id IN (SELECT batch_id FROM done) ORDER BY b.id FOR NO KEY UPDATE
  ), shrunk AS (
    UPDATE hookyard.delivery_batch b SET remaining = b.remaining - done.count
    FROM locked JOIN done ON done.batch_id = locked.id WHERE b.id = locked.id
  )
  SELECT destination_id FROM hookyard.destination_gate
  WHERE destination_id = ANY ($16) AND (failures > 0 OR breaker_state <> 'closed' OR ramp_slots IS NOT NULL
    OR paused_at IS NOT NULL OR breaker_forced = 'open')`;

/**
 * Writes results in one statement; at most one per delivery, because an UPDATE would pick one of two at will.
 * @returns the destinations whose gates are not at rest.
 */
export async function settleResults(pool: Pool, results: readonly Result[]): Promise<Set<number>> {
  const now = performance.now();
  // One order of locks for every process.
  const sorted = results.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
  const column = <T>(read: (result: Result) => T): T[] => sorted.map(read);
  const { rows } = await pool.query<{ destination_id: number }>({
    name: 'settle-results',
    text: SETTLE,
    values: [
      column(({ deliveryId }) => deliveryId),
      column(({ batchId }) => batchId),
      column(({ settlement }) => settlement.status),
      column(({ settlement }) => settlement.delayMs ?? 0),
      column(({ settlement }) => settlement.counts),
      column(({ settlement }) => settlement.statusCode ?? null),
      column(({ settlement }) => settlement.errorClass ?? null),
      column(({ settlement }) => settlement.deadReason ?? null),
      column(({ settlement }) => settlement.attempt ?? null),
      column(({ number }) => number),
      column(({ startedAt }) => now - startedAt),
      column(({ durationMs }) => Math.round(durationMs)),
      column(({ excerpt }) => excerpt ?? null),
      column(({ isProbe }) => isProbe),
      sorted[0]?.runner ?? '',
      [...new Set(column(({ destinationId }) => destinationId))],
      sorted.reduce((longest, { startedAt }) => Math.max(longest, startedAt > 0 ? now - startedAt : 0), 0),
    ],
  });
  return new Set(rows.map((row) => row.destination_id));
}
