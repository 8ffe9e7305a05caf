import type { PoolClient } from 'pg';
import type { ErasureRequest } from './erasure.js';

/** Events looked at by one statement, matching or not. */
const SLICE = 5_000;

/** A stretch of the events, by ascending id. */
export interface SelectedEvents {
  readonly ids: readonly string[];
  readonly looked: number;
  /** Up to here everything was looked at. */
  readonly position: string;
  readonly isLast: boolean;
}

/**
 * The next events of a tenant or a subject, also those that only a later reading knows it of. Walks the events themselves, not the
 * search tables, which lag behind and are cleared by retention.
 */
export async function selectEvents(
  client: Pick<PoolClient, 'query'>,
  { field, names, sourceIds }: ErasureRequest,
  position: string,
  most: number,
): Promise<SelectedEvents> {
  const { rows } = await client.query<{ looked: number; slice_end: string | null; ids: string[] }>(
    `WITH slice AS MATERIALIZED (
       SELECT id, source_id, erased_at, ${field} AS value FROM hookyard.event WHERE id > $1 ORDER BY id LIMIT ${SLICE}
     )
     SELECT (SELECT count(*)::int FROM slice) AS looked, (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS slice_end,
       ARRAY(SELECT s.id FROM slice s
             WHERE s.erased_at IS NULL AND ($3::int[] IS NULL OR s.source_id = ANY ($3))
               AND (s.value = ANY ($2) OR EXISTS (SELECT 1 FROM hookyard.event_reading r WHERE r.event_id = s.id AND r.${field} = ANY ($2)))
             ORDER BY s.id LIMIT $4) AS ids`,
    [position, names, sourceIds ?? null, most],
  );
  const { looked = 0, slice_end: sliceEnd = null, ids = [] } = rows[0] ?? {};
  const isFull = ids.length >= most;
  return {
    ids,
    looked,
    position: (isFull ? ids.at(-1) : sliceEnd) ?? position,
    isLast: !isFull && looked < SLICE,
  };
}
