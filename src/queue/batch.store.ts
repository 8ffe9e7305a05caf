import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { withReadings } from '../events/event-reading.js';
import { NO_REPLAY, TAKE_BATCH, toDelivery, type ClaimedDelivery, type TakenRow } from './claimed-delivery.js';

export interface TakenBatch {
  readonly id: string;
  readonly destinationId: number;
  readonly isProbe: boolean;
  /** As the gate has it now; since the claim it may have been shut. A probe passes an open breaker, never a person's word. */
  readonly gate: 'open' | 'shut';
  readonly slots: number;
  readonly leaseMs: number;
  readonly deliveries: readonly ClaimedDelivery[];
}

/** What reaping gave back. */
export interface Reaped {
  readonly deliveries: number;
  /** Batches that nobody had taken: their jobs are of no use any more. */
  readonly untaken: readonly string[];
  /** Deliveries that are dead letters now. */
  readonly dead: readonly LostDelivery[];
}

/** A delivery whose process died under it once too often. Ids in their stored form. */
export interface LostDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly destinationId: number;
}

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
      text: TAKE_BATCH,
      values: [batchId, runner],
    });
    const [first] = rows;
    if (!first) return undefined;
    const own = rows.filter((row) => row.id !== null);
    const deliveries = await withReadings(this.pools.work, own, (row) => row.replay_id !== NO_REPLAY);
    return {
      id: batchId,
      destinationId: first.destination_id,
      isProbe: first.is_probe,
      gate: first.is_shut_by_hand || (first.is_shut && !first.is_probe) ? 'shut' : 'open',
      slots: first.slots,
      leaseMs: first.lease_ms,
      deliveries: deliveries.map(toDelivery),
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
    const { rows } = await this.pools.work.query<{
      deliveries: number;
      untaken: string[] | null;
      dead: LostDelivery[] | null;
    }>({
      name: 'reap-batches',
      text: REAP,
      values: [MAX_INTERRUPTIONS],
    });
    const [row] = rows;
    return { deliveries: row?.deliveries ?? 0, untaken: row?.untaken ?? [], dead: row?.dead ?? [] };
  }
}

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
    FROM locked WHERE d.id = locked.id RETURNING d.id, d.event_id, d.destination_id, d.status
  ), dropped AS (
    DELETE FROM hookyard.delivery_batch b WHERE b.id IN (SELECT id FROM expired)
      AND NOT EXISTS (SELECT 1 FROM hookyard.delivery d WHERE d.batch_id = b.id AND d.status = 'claimed'
                      AND d.id NOT IN (SELECT id FROM given))
    RETURNING b.id, b.runner
  )
  SELECT (SELECT count(*)::int FROM given) AS deliveries,
    (SELECT json_agg(json_build_object('id', id, 'eventId', event_id, 'destinationId', destination_id))
     FROM given WHERE status = 'dead') AS dead,
    (SELECT array_agg(id) FROM dropped WHERE runner IS NULL) AS untaken`;
