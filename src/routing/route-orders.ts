import type { Pool, PoolClient } from 'pg';
import type { DeclaredRoute } from '../config/config.js';
import type { RouteOrder } from '../events/lane.js';

/** Writes which order a route keeps. It holds for the events that come from now on; those under way keep theirs. */
export async function orderRoute(client: PoolClient, routeId: number, route: DeclaredRoute): Promise<void> {
  await client.query('UPDATE hookyard.route SET ordered_by = $2, latest_only = $3 WHERE id = $1', [
    routeId,
    route.ordered ?? null,
    route.latestOnly ?? false,
  ]);
}

/** The routes that keep an order, by id. */
export async function readRouteOrders(from: Pool | PoolClient): Promise<Map<number, RouteOrder>> {
  const { rows } = await from.query<{ id: number; ordered: boolean; latest_only: boolean }>(
    `SELECT id, ordered_by IS NOT NULL AS ordered, latest_only FROM hookyard.route
     WHERE deleted_at IS NULL AND (ordered_by IS NOT NULL OR latest_only)`,
  );
  return new Map(rows.map(({ id, ordered, latest_only: latestOnly }) => [id, { ordered, latestOnly }]));
}
