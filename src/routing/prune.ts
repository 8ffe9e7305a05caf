import type { PoolClient } from 'pg';
import { tombstoneDestination } from './remove-destination.js';

/**
 * Removes what the file declared once and does not any more, under the lock of an apply and after it. A destination's backlog becomes dead
 * letters (`destination_removed`); a removed source answers 404, and what it holds stays held. Gives back their names.
 */
export async function pruneUndeclared(client: PoolClient): Promise<string[]> {
  const destinations = await client.query<{ id: number; name: string }>(
    `SELECT id, name FROM hookyard.destination
     WHERE declared_by = 'file' AND undeclared_at IS NOT NULL AND deleted_at IS NULL ORDER BY id`,
  );
  for (const { id } of destinations.rows) await tombstoneDestination(client, id);
  const sources = await client.query<{ slug: string }>(
    `UPDATE hookyard.source SET deleted_at = clock_timestamp()
     WHERE declared_by = 'file' AND undeclared_at IS NOT NULL AND deleted_at IS NULL RETURNING slug`,
  );
  return [
    ...destinations.rows.map(({ name }) => `destination ${name}`),
    ...sources.rows.map(({ slug }) => `source ${slug}`),
  ];
}
