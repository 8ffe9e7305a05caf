import type { PoolClient } from 'pg';
import type { DeclaredRoute } from '../config/config.js';
import { applyRoutes } from './apply-routes.js';
import type { DeclaredBy } from './declared-by.js';

/** A route in force, by its number, with who declares it. */
export interface StoredRoute extends DeclaredRoute {
  readonly id: number;
  readonly declaredBy: DeclaredBy;
  readonly createdAt: Date;
}

interface Row {
  id: number;
  source_slug: string | null;
  source_type: string | null;
  types: string[];
  filter: unknown;
  destination: string;
  ordered_by: 'subject' | null;
  latest_only: boolean;
  declared_by: DeclaredBy;
  created_at: Date;
}

/** The routes in force, in the order in which they are asked. */
export async function readRoutes(client: Pick<PoolClient, 'query'>): Promise<StoredRoute[]> {
  const { rows } = await client.query<Row>(
    `SELECT r.id, r.source_slug, r.source_type, r.types, r.filter, d.name AS destination, r.ordered_by, r.latest_only,
       r.declared_by, r.created_at
     FROM hookyard.route r JOIN hookyard.destination d ON d.id = r.destination_id
     WHERE r.deleted_at IS NULL ORDER BY r.position, r.id`,
  );
  return rows.map((row) => ({
    id: row.id,
    source: row.source_slug ?? undefined,
    sourceType: row.source_type ?? undefined,
    types: row.types,
    filter: row.filter ?? undefined,
    to: row.destination,
    ...(row.ordered_by ? { ordered: row.ordered_by } : {}),
    ...(row.latest_only ? { latestOnly: true } : {}),
    declaredBy: row.declared_by,
    createdAt: row.created_at,
  }));
}

/**
 * Makes these the API's routes, in this order, under the lock of an apply. One that says the same keeps its number; a changed one is a
 * new one, because events and deliveries name the route that they were matched by. Gives back the numbers, in order.
 */
export async function writeApiRoutes(
  client: PoolClient,
  routes: readonly DeclaredRoute[],
  revision: bigint,
): Promise<number[]> {
  const { rows } = await client.query<{ id: number; name: string }>(
    'SELECT id, name FROM hookyard.destination WHERE deleted_at IS NULL AND name = ANY ($1)',
    [routes.map(({ to }) => to)],
  );
  const ids = new Map(rows.map(({ id, name }) => [name, id]));
  await applyRoutes(client, { declaredBy: 'api', routes, elsewhere: [] }, ids, revision);
  const written = await readRoutes(client);
  return written.filter(({ declaredBy }) => declaredBy === 'api').map(({ id }) => id);
}
