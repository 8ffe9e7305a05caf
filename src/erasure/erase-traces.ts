import type { PoolClient } from 'pg';
import { statusesMovedBy } from '../events/delivery-status.js';

/** An attempt under way is looked at again after this. */
const AGAIN_AFTER = '2 seconds';

/**
 * What erased events left at their deliveries: those that wait are cancelled, what destinations answered is erased. An event with a
 * delivery under way is due again, because its answer is yet to be written.
 * @returns how many deliveries were cancelled.
 */
export async function eraseTraces(client: PoolClient, eventIds: readonly string[]): Promise<number> {
  const { rowCount } = await client.query(
    `WITH waiting AS (
       SELECT id FROM hookyard.delivery WHERE event_id = ANY ($1::uuid[]) AND status = ANY ($2) ORDER BY id FOR UPDATE
     )
     UPDATE hookyard.delivery d SET status = 'cancelled', settled_at = clock_timestamp()
     FROM waiting WHERE d.id = waiting.id`,
    [eventIds, statusesMovedBy('cancel')],
  );
  // Looked at before the excerpts: an attempt that ends in between is still due again.
  await client.query(
    `UPDATE hookyard.event e SET erase_again_at = CASE
         WHEN EXISTS (SELECT 1 FROM hookyard.delivery d WHERE d.event_id = e.id AND d.status = 'claimed')
         THEN clock_timestamp() + interval '${AGAIN_AFTER}' END
     WHERE id = ANY ($1::uuid[])`,
    [eventIds],
  );
  await client.query(
    `UPDATE hookyard.attempt SET response_excerpt = NULL
     WHERE delivery_id IN (SELECT id FROM hookyard.delivery WHERE event_id = ANY ($1::uuid[])) AND response_excerpt IS NOT NULL`,
    [eventIds],
  );
  return rowCount ?? 0;
}

/** Looks after events whose deliveries were under way when they were erased. `client`: in a transaction. */
export async function eraseWhatEnded(client: PoolClient, most: number): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT id FROM hookyard.event WHERE erase_again_at < clock_timestamp()
     ORDER BY erase_again_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [most],
  );
  if (rows.length === 0) return;
  await eraseTraces(
    client,
    rows.map(({ id }) => id),
  );
}
