import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../database/transaction.js';

/** `declared`: a configuration or a handler still names it; it would come back with the next start. */
export type Removed =
  | {
      readonly outcome: 'removed';
      readonly name: string;
      readonly kind: 'http' | 'handler';
      readonly declaredBy: string;
    }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'declared'; readonly kind: 'http' | 'handler'; readonly file: string | null };

/**
 * Tombstones a destination, in the caller's transaction, which must hold the lock on `hookyard.configuration` and raise its
 * revision: it takes no events any more, nothing is sent to it, its name is free. Its deliveries are left to `sweepRemoved`:
 * pending and held ones become dead letters, those under way end first.
 */
export async function tombstoneDestination(client: PoolClient, id: number): Promise<void> {
  await client.query(
    `UPDATE hookyard.destination SET deleted_at = clock_timestamp() WHERE id = $1 AND deleted_at IS NULL`,
    [id],
  );
  await client.query(
    `UPDATE hookyard.route SET deleted_at = clock_timestamp(),
       deleted_revision = (SELECT revision + 1 FROM hookyard.configuration)
     WHERE destination_id = $1 AND deleted_at IS NULL`,
    [id],
  );
}

/** Removes a destination that nothing declares any more, or that was made over the API. `name`: its name, or its id; a name made of digits wins. */
export async function removeDestination(pool: Pool, name: string): Promise<Removed> {
  return inTransaction(pool, async (client) => {
    // The same lock as an apply: one that declares it again comes before or after, never in between.
    const configuration = await client.query<{ file: string | null }>(
      'SELECT file FROM hookyard.configuration FOR UPDATE',
    );
    const { rows } = await client.query<{
      id: number;
      name: string;
      kind: 'http' | 'handler';
      declared_by: string;
      declared: boolean;
    }>(
      `SELECT id, name, kind, declared_by, undeclared_at IS NULL AND declared_by <> 'api' AS declared FROM hookyard.destination
       WHERE (name = $1 OR id::text = $1) AND deleted_at IS NULL ORDER BY name = $1 DESC LIMIT 1`,
      [name],
    );
    const [row] = rows;
    if (!row) return { outcome: 'unknown' };
    if (row.declared) return { outcome: 'declared', kind: row.kind, file: configuration.rows[0]?.file ?? null };
    await tombstoneDestination(client, row.id);
    await client.query('UPDATE hookyard.configuration SET revision = revision + 1');
    return { outcome: 'removed', name: row.name, kind: row.kind, declaredBy: row.declared_by };
  });
}
