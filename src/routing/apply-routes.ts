import type { PoolClient } from 'pg';
import type { DeclaredRoute } from '../config/config.js';
import type { DeclaredBy } from './declared-by.js';
import { orderRoute } from './route-orders.js';

/** Where the routes of each start: the file's go before those of code, and those before the API's. */
const FIRST_POSITION = { file: 0, code: 1_000_000, api: 2_000_000 };

/** The routes that one of them speaks for. */
export interface RoutesOf {
  readonly declaredBy: Exclude<DeclaredBy, 'environment'>;
  readonly routes: readonly DeclaredRoute[];
  /** Destinations whose routes other processes speak for. */
  readonly elsewhere: readonly number[];
}

/**
 * Makes these the routes in force of whom they are declared by, in this order. A route keeps its id while it says the same, because
 * deliveries record which route made them. `ids`: destinations by name; `revision`: the one that this change makes.
 */
export async function applyRoutes(
  client: PoolClient,
  { declaredBy, routes, elsewhere }: RoutesOf,
  ids: ReadonlyMap<string, number>,
  revision: bigint,
): Promise<void> {
  const kept: number[] = [];
  for (const [index, route] of routes.entries()) {
    const position = FIRST_POSITION[declaredBy] + index;
    const destinationId = ids.get(route.to);
    if (destinationId === undefined) throw new Error(`route ${index} names an unknown destination: ${route.to}`);
    const filter = route.filter === undefined ? null : JSON.stringify(route.filter);
    const values = [
      position,
      route.source ?? null,
      route.sourceType ?? null,
      route.types,
      destinationId,
      filter,
      declaredBy,
    ];
    const same = await client.query<{ id: number }>(
      `UPDATE hookyard.route SET position = $1
       WHERE id = (SELECT id FROM hookyard.route
                   WHERE deleted_at IS NULL AND source_slug IS NOT DISTINCT FROM $2
                     AND source_type IS NOT DISTINCT FROM $3 AND types = $4 AND destination_id = $5
                     AND filter IS NOT DISTINCT FROM $6::jsonb AND declared_by = $7 AND id <> ALL ($8)
                   ORDER BY id LIMIT 1)
       RETURNING id`,
      [...values, kept],
    );
    const made = same.rows[0]
      ? same
      : await client.query<{ id: number }>(
          `INSERT INTO hookyard.route (position, source_slug, source_type, types, destination_id, filter, declared_by, created_revision)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
          [...values, String(revision)],
        );
    const { id } = made.rows[0] as { id: number };
    await orderRoute(client, id, route);
    kept.push(id);
  }
  await client.query(
    `UPDATE hookyard.route SET deleted_at = now(), deleted_revision = $3
     WHERE deleted_at IS NULL AND id <> ALL ($1) AND destination_id <> ALL ($2) AND declared_by = $4`,
    [kept, elsewhere, String(revision), declaredBy],
  );
}
