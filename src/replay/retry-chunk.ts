import type { PoolClient } from 'pg';
import type { BulkReplayRow, SkipReason } from './bulk-replay.js';
import { FRESH_ROUND } from './change-delivery.js';
import { SLICE, selectionOf } from './selection.js';

/** What a chunk did, to be written down in its transaction. */
export interface ChunkDone {
  /** Everything up to here is done with. */
  readonly position: string;
  /** Nothing is left. */
  readonly isLast: boolean;
  readonly processed: number;
  readonly deliveries: number;
  readonly skipped: Partial<Record<SkipReason, number>>;
}

/** Gives up to `most` dead letters a fresh round, as one retry does. */
export async function retryChunk(
  client: PoolClient,
  row: BulkReplayRow & { asked_at: string },
  most: number,
): Promise<ChunkDone> {
  const selection = selectionOf(row, row.asked_at);
  const { rows } = await client.query<{
    seen: number;
    slice_end: string | null;
    matching: number;
    matching_end: string | null;
    removed: number;
    gone: number;
    changed: number;
  }>(
    `WITH slice AS MATERIALIZED (${selection.slice}),
       matching AS MATERIALIZED (
         SELECT d.id, x.id IS NULL AS removed, b.id IS NULL AS gone FROM ${selection.from}
         WHERE ${selection.where} ORDER BY d.id LIMIT ${most} FOR UPDATE OF d
       ), changed AS (
         UPDATE hookyard.delivery d SET ${FRESH_ROUND}
         FROM matching m WHERE d.id = m.id AND NOT m.removed AND NOT m.gone RETURNING d.id
       )
     SELECT (SELECT count(*)::int FROM slice) AS seen, (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS slice_end,
       (SELECT id FROM matching ORDER BY id DESC LIMIT 1) AS matching_end,
       count(*)::int AS matching, count(*) FILTER (WHERE removed)::int AS removed,
       count(*) FILTER (WHERE gone AND NOT removed)::int AS gone, (SELECT count(*)::int FROM changed) AS changed
     FROM matching`,
    [row.position, row.last_id, SLICE, ...selection.values],
  );
  const [seen] = rows;
  if (!seen?.slice_end) return { position: row.last_id, isLast: true, processed: 0, deliveries: 0, skipped: {} };
  const isFull = seen.matching >= most;
  return {
    position: isFull && seen.matching_end ? seen.matching_end : seen.slice_end,
    isLast: !isFull && seen.seen < SLICE,
    processed: seen.matching,
    deliveries: seen.changed,
    skipped: { destinationRemoved: seen.removed, bodyGone: seen.gone },
  };
}
