import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';

/** A delivery as its batch's consumer needs it, its event included, the body's bytes not. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly replayId: string;
  /** Attempts recorded so far, of all rounds. */
  readonly attempts: number;
  /** Attempts that count in this round. */
  readonly roundAttempts: number;
  /** Since the round began. */
  readonly ageMs: number;
  readonly source: string;
  readonly sourceType: string;
  readonly externalId: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
  readonly occurredAt: Date | undefined;
  readonly receivedAt: Date;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signatureHeaders: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  readonly bodyFormat: 'json' | 'form' | 'binary';
  readonly body: BodyReference;
}

/** Where an event's bytes lie. */
export interface BodyReference {
  readonly day: string;
  readonly id: string;
  readonly offset: number;
  readonly length: number;
}

export interface TakenBatch {
  readonly id: string;
  readonly destinationId: number;
  readonly isProbe: boolean;
  /** As the gate has it now; it may have opened since the claim. */
  readonly breaker: 'open' | 'closed';
  readonly slots: number;
  readonly leaseMs: number;
  readonly deliveries: readonly ClaimedDelivery[];
}

/** What reaping gave back. */
export interface Reaped {
  readonly deliveries: number;
  /** Batches that nobody had taken: their jobs are of no use any more. */
  readonly untaken: readonly string[];
}

/** `replay_id` of an original delivery. */
export const NO_REPLAY = '00000000-0000-0000-0000-000000000000';

/** The rows behind claims: who holds which deliveries, and until when. */
@Injectable()
export class BatchStore {
  constructor(private readonly pools: Pools) {}

  /**
   * Takes a batch for this runner, by compare-and-set.
   * @returns `undefined` when it is no longer there to take: its lease ran out, or another runner has it.
   */
  async take(batchId: string, runner: string): Promise<TakenBatch | undefined> {
    const { rows } = await this.pools.work.query<TakenRow>({
      name: 'take-batch',
      text: TAKE,
      values: [batchId, runner],
    });
    const [first] = rows;
    if (!first) return undefined;
    return {
      id: batchId,
      destinationId: first.destination_id,
      isProbe: first.is_probe,
      breaker: first.breaker_state,
      slots: first.slots,
      leaseMs: first.lease_ms,
      deliveries: rows.filter((row) => row.id !== null).map(toDelivery),
    };
  }

  /** Extends the leases of batches this runner holds; gives back the ids of those that are still its own. */
  async renew(batchIds: readonly string[], runner: string): Promise<Set<string>> {
    const { rows } = await this.pools.work.query<{ id: string }>({
      name: 'renew-batches',
      text: `UPDATE hookyard.delivery_batch SET lease_until = clock_timestamp() + lease_ms * interval '1 ms'
             WHERE id IN (SELECT id FROM hookyard.delivery_batch
                          WHERE id = ANY ($1) AND runner = $2 AND lease_until > clock_timestamp()
                          ORDER BY id FOR NO KEY UPDATE)
             RETURNING id`,
      values: [batchIds, runner],
    });
    return new Set(rows.map(({ id }) => id));
  }

  /** Drops a batch whose deliveries are all settled; one with a result that could not be written is left to its lease. */
  async drop(batchId: string): Promise<void> {
    await this.pools.work.query({
      name: 'drop-batch',
      text: `DELETE FROM hookyard.delivery_batch WHERE id = $1 AND NOT EXISTS (
               SELECT 1 FROM hookyard.delivery d WHERE d.batch_id = $1 AND d.status = 'claimed')`,
      values: [batchId],
    });
  }

  /**
   * Gives claimed deliveries back whose batches did not reach the queue, as far as we know. A batch that a consumer has taken
   * did reach it and only the queue's answer was lost: it stays, or its deliveries would be sent twice.
   */
  async unclaim(batchIds: readonly string[]): Promise<void> {
    await this.pools.work.query(
      `WITH dropped AS (
         DELETE FROM hookyard.delivery_batch WHERE id = ANY ($1) AND runner IS NULL RETURNING id)
       UPDATE hookyard.delivery SET status = 'pending', batch_id = NULL
       WHERE batch_id IN (SELECT id FROM dropped) AND status = 'claimed'`,
      [batchIds],
    );
  }

  /**
   * Gives back the deliveries of batches whose lease ran out: their job was lost, or their process died. A delivery that is
   * locked right now (a handler's transaction still open) is left for the next time, and its batch with it. One whose process
   * died under it again and again waits longer each time, and in the end is a dead letter: it may be what kills them.
   */
  async reap(): Promise<Reaped> {
    const { rows } = await this.pools.work.query<{ deliveries: number; untaken: string[] | null }>({
      name: 'reap-batches',
      text: REAP,
      values: [MAX_INTERRUPTIONS],
    });
    return { deliveries: rows[0]?.deliveries ?? 0, untaken: rows[0]?.untaken ?? [] };
  }

  /** The bytes of each event, cut from the body it came in, in order; `undefined` where the body is no longer stored. */
  async readBodies(references: readonly BodyReference[]): Promise<(Buffer | undefined)[]> {
    const { rows } = await this.pools.work.query<{ ordinal: string; bytes: Buffer }>({
      name: 'read-bodies',
      text: `SELECT r.ordinal, CASE WHEN r.start = 0 AND r.length = length(b.bytes) THEN b.bytes
                                    ELSE substring(b.bytes FROM r.start + 1 FOR r.length) END AS bytes
             FROM unnest($1::date[], $2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS r(day, id, start, length, ordinal)
             JOIN hookyard.body b ON b.day = r.day AND b.id = r.id`,
      values: [
        references.map(({ day }) => day),
        references.map(({ id }) => id),
        references.map(({ offset }) => offset),
        references.map(({ length }) => length),
      ],
    });
    const found = new Map(rows.map(({ ordinal, bytes }) => [Number(ordinal) - 1, bytes]));
    return references.map((_, index) => found.get(index));
  }
}

const TAKE = `
  WITH taken AS (
    UPDATE hookyard.delivery_batch SET runner = $2, lease_until = clock_timestamp() + lease_ms * interval '1 ms'
    WHERE id = $1 AND runner IS NULL AND lease_until > clock_timestamp()
    RETURNING id, destination_id, is_probe, slots, lease_ms
  )
  SELECT taken.destination_id, taken.is_probe, taken.slots, taken.lease_ms, g.breaker_state,
    d.id, d.event_id, d.replay_id, d.attempts, d.round_attempts,
    (extract(epoch FROM clock_timestamp() - d.round_started_at) * 1000)::float8 AS age_ms,
    s.slug AS source, s.type AS source_type, e.external_id, e.type, e.subject, e.tenant, e.occurred_at, e.received_at,
    e.api_version, e.livemode, e.headers, e.signature_headers, e.content_type, e.body_format,
    e.body_day::text AS body_day, e.body_id, e.body_offset, e.body_length
  FROM taken
  JOIN hookyard.destination_gate g ON g.destination_id = taken.destination_id
  LEFT JOIN (hookyard.delivery d
    JOIN hookyard.event e ON e.id = d.event_id
    JOIN hookyard.source s ON s.id = e.source_id) ON d.batch_id = taken.id AND d.status = 'claimed'
  ORDER BY d.next_attempt_at, d.id`;

/** Processes that may die with a delivery in hand before it is taken for the cause: over an hour of pauses. */
const MAX_INTERRUPTIONS = 20;

/** The first loss costs no time; then 2 s, 4 s … up to 5 min. Any attempt that ends sets the count back. */
const REAP = `
  WITH expired AS (
    SELECT id, runner FROM hookyard.delivery_batch WHERE lease_until < clock_timestamp()
    ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
  ), locked AS (
    SELECT d.id, d.interruptions + (expired.runner IS NOT NULL)::int AS interruptions
    FROM expired JOIN hookyard.delivery d ON d.batch_id = expired.id AND d.status = 'claimed'
    FOR UPDATE OF d SKIP LOCKED
  ), given AS (
    UPDATE hookyard.delivery d SET
      status = CASE WHEN locked.interruptions < $1 THEN 'pending' ELSE 'dead' END,
      dead_reason = CASE WHEN locked.interruptions < $1 THEN NULL ELSE 'worker_lost' END,
      settled_at = CASE WHEN locked.interruptions < $1 THEN NULL ELSE clock_timestamp() END,
      interruptions = locked.interruptions,
      batch_id = NULL,
      next_attempt_at = statement_timestamp() + CASE WHEN locked.interruptions < 2 THEN interval '0'
        ELSE least(2 ^ (locked.interruptions - 1), 300) * interval '1 s' END
    FROM locked WHERE d.id = locked.id RETURNING d.id
  ), dropped AS (
    DELETE FROM hookyard.delivery_batch b WHERE b.id IN (SELECT id FROM expired)
      AND NOT EXISTS (SELECT 1 FROM hookyard.delivery d WHERE d.batch_id = b.id AND d.status = 'claimed'
                      AND d.id NOT IN (SELECT id FROM given))
    RETURNING b.id, b.runner
  )
  SELECT (SELECT count(*)::int FROM given) AS deliveries,
    (SELECT array_agg(id) FROM dropped WHERE runner IS NULL) AS untaken`;

interface TakenRow {
  destination_id: number;
  is_probe: boolean;
  breaker_state: 'open' | 'closed';
  slots: number;
  lease_ms: number;
  id: string;
  event_id: string;
  replay_id: string;
  attempts: number;
  round_attempts: number;
  age_ms: number;
  source: string;
  source_type: string;
  external_id: string;
  type: string;
  subject: string | null;
  tenant: string | null;
  occurred_at: Date | null;
  received_at: Date;
  api_version: string | null;
  livemode: boolean | null;
  headers: Record<string, string>;
  signature_headers: Record<string, string>;
  content_type: string | null;
  body_format: 'json' | 'form' | 'binary';
  body_day: string;
  body_id: string;
  body_offset: number;
  body_length: number;
}

function toDelivery(row: TakenRow): ClaimedDelivery {
  return {
    id: row.id,
    eventId: row.event_id,
    replayId: row.replay_id,
    attempts: row.attempts,
    roundAttempts: row.round_attempts,
    ageMs: row.age_ms,
    source: row.source,
    sourceType: row.source_type,
    externalId: row.external_id,
    type: row.type,
    subject: row.subject ?? undefined,
    tenant: row.tenant ?? undefined,
    occurredAt: row.occurred_at ?? undefined,
    receivedAt: row.received_at,
    apiVersion: row.api_version ?? undefined,
    livemode: row.livemode ?? undefined,
    headers: row.headers,
    signatureHeaders: row.signature_headers,
    contentType: row.content_type ?? undefined,
    bodyFormat: row.body_format,
    body: { day: row.body_day, id: row.body_id, offset: row.body_offset, length: row.body_length },
  };
}
