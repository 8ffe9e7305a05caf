import type { Pool } from 'pg';
import type { FilterDocument } from '../filters/filter.js';
import { matchRoutes } from '../routing/match-routes.js';
import type { Topology } from '../routing/topology.js';

/** Where one delivery of a replay goes, and by which route; `undefined`: a person named the destination. */
export interface Target {
  readonly destinationId: number;
  readonly routeId: number | undefined;
  /** See `Match`. */
  readonly filterFailure?: string | undefined;
}

/** The destinations named, or else those that the routes of today give the event. */
export function targetsOf(
  event: FilterDocument,
  topology: Topology,
  destinationIds: readonly number[] | undefined,
): readonly Target[] {
  if (destinationIds) return destinationIds.map((destinationId) => ({ destinationId, routeId: undefined }));
  return matchRoutes(event, topology.routes);
}

/** The ids of the destinations with these names or ids, and those that nobody has; a removed destination counts as nobody. */
export async function findDestinations(
  pool: Pool,
  names: readonly string[],
): Promise<{ readonly ids: readonly number[]; readonly unknown: readonly string[] }> {
  const { rows } = await pool.query<{ asked: string; id: number | null }>(
    // A name made of digits wins over an id.
    `SELECT n.asked, (SELECT x.id FROM hookyard.destination x WHERE (x.name = n.asked OR x.id::text = n.asked)
                        AND x.deleted_at IS NULL ORDER BY x.name = n.asked DESC LIMIT 1) AS id
     FROM unnest($1::text[]) AS n(asked)`,
    [names],
  );
  return {
    ids: [...new Set(rows.flatMap(({ id }) => id ?? []))],
    unknown: rows.filter(({ id }) => id === null).map(({ asked }) => asked),
  };
}
