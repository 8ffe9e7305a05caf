import type { PoolClient } from 'pg';
import { canonicalJson } from '../config/canonical-json.js';
import type { DeclaredRoute } from '../config/config.js';
import type { PlannedChange } from './planned-change.js';

interface RouteRow {
  source_slug: string | null;
  source_type: string | null;
  types: string[];
  filter: unknown;
  destination: string;
  ordered_by: string | null;
  latest_only: boolean;
}

/** The file's routes beside those that it declared before: a changed route is one that goes and one that comes. */
export async function planRoutes(client: PoolClient, declared: readonly DeclaredRoute[]): Promise<PlannedChange[]> {
  const { rows } = await client.query<RouteRow>(
    `SELECT r.source_slug, r.source_type, r.types, r.filter, d.name AS destination, r.ordered_by, r.latest_only
     FROM hookyard.route r JOIN hookyard.destination d ON d.id = r.destination_id
     WHERE r.deleted_at IS NULL AND r.declared_by = 'file' ORDER BY r.position, r.id`,
  );
  const before = rows.map((row) => ({
    source: row.source_slug ?? undefined,
    sourceType: row.source_type ?? undefined,
    types: row.types,
    filter: row.filter ?? undefined,
    to: row.destination,
    ordered: row.ordered_by ?? undefined,
    latestOnly: row.latest_only || undefined,
  }));
  const left = before.map((route) => ({ key: keyOf(route), route }));
  const created: PlannedChange[] = [];
  const kept: string[] = [];
  for (const route of declared) {
    const key = keyOf(route);
    const at = left.findIndex((one) => one.key === key);
    if (at >= 0) {
      left.splice(at, 1);
      kept.push(key);
    } else created.push({ action: 'create', kind: 'route', name: nameOf(route), keys: [] });
  }
  const stayed = before.map(keyOf).filter((key) => kept.includes(key));
  const isReordered = canonicalJson(stayed) !== canonicalJson(kept);
  return [
    ...created,
    ...left.map(({ route }) => ({ action: 'remove' as const, kind: 'route' as const, name: nameOf(route), keys: [] })),
    ...(isReordered ? [{ action: 'change' as const, kind: 'route' as const, name: 'all', keys: ['order'] }] : []),
  ];
}

type Named = Pick<DeclaredRoute, 'source' | 'sourceType' | 'types' | 'to'>;

function keyOf(route: object): string {
  return canonicalJson(route);
}

/** `stripe [invoice.*] → billing` */
function nameOf({ source, sourceType, types, to }: Named): string {
  return `${source ?? `(${sourceType ?? ''})`} [${types.join(' ')}] → ${to}`;
}
