import type { Pool } from 'pg';
import type { SecretBox } from '../database/secret-box.js';
import { inTransaction } from '../database/transaction.js';
import type { DeclaredBy } from './declared-by.js';
import { withPlaceholders } from './placeholders.js';

/** The configuration in force as a file, and what it cannot hold. */
export interface ExportedConfiguration {
  readonly file: Readonly<Record<string, unknown>>;
  /** What the placeholders in it stand for, by the names of their variables: secrets. */
  readonly values: ReadonlyMap<string, string>;
  /** What is in force and not in the file, and why. */
  readonly left: readonly string[];
}

interface Row {
  name: string;
  declared_by: DeclaredBy;
  written_sealed: Buffer | null;
}

interface RouteRow {
  source_slug: string | null;
  source_type: string | null;
  types: string[];
  filter: unknown;
  destination: string;
  ordered_by: string | null;
  latest_only: boolean;
}

/** Reads the sources, destinations and routes in force that a file may declare. Secrets become placeholders. */
export async function exportConfiguration(pool: Pool, box: SecretBox): Promise<ExportedConfiguration> {
  const { revision, sources, destinations, routes } = await inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const inForce = 'deleted_at IS NULL AND undeclared_at IS NULL';
    return {
      revision: await client.query<{ file_revision: string | null }>(
        'SELECT file_revision FROM hookyard.configuration',
      ),
      sources: await client.query<Row>(
        `SELECT slug AS name, declared_by, written_sealed FROM hookyard.source WHERE ${inForce} ORDER BY id`,
      ),
      destinations: await client.query<Row>(
        `SELECT name, declared_by, written_sealed FROM hookyard.destination WHERE ${inForce} ORDER BY id`,
      ),
      routes: await client.query<RouteRow>(
        `SELECT r.source_slug, r.source_type, r.types, r.filter, d.name AS destination, r.ordered_by, r.latest_only
         FROM hookyard.route r JOIN hookyard.destination d ON d.id = r.destination_id
         WHERE r.deleted_at IS NULL AND r.declared_by <> 'code' ORDER BY r.position, r.id`,
      ),
    };
  });
  const values = new Map<string, string>();
  const left: string[] = [];
  const entriesOf = (kind: 'source' | 'destination', rows: readonly Row[]): unknown[] =>
    rows.flatMap(({ name, declared_by: by, written_sealed: sealed }) => {
      if (by === 'environment') left.push(`${kind} ${name}: a variable declares it`);
      else if (by === 'code')
        left.push(`${kind} ${name}: ${kind === 'source' ? 'the synthetic monitor' : 'a handler in code'}`);
      else {
        const written = sealed === null ? null : box.open(sealed);
        if (written === null)
          left.push(`${kind} ${name}: it was written by an earlier version; start with its file once`);
        else {
          const exported = withPlaceholders(written, `${kind}_${name}`, by === 'api');
          for (const [variable, value] of exported.values) values.set(variable, value);
          return [exported.entry];
        }
      }
      return [];
    });
  const fileRevision = revision.rows[0]?.file_revision ?? null;
  return {
    file: {
      version: 1,
      ...(fileRevision === null ? {} : { revision: Number(fileRevision) }),
      sources: entriesOf('source', sources.rows),
      destinations: entriesOf('destination', destinations.rows),
      routes: routes.rows.map(routeEntry),
    },
    values,
    left,
  };
}

function routeEntry(row: RouteRow): object {
  return {
    ...(row.source_slug === null ? { sourceType: row.source_type } : { source: row.source_slug }),
    ...(row.types.length === 1 && row.types[0] === '*' ? {} : { types: row.types }),
    ...(row.filter === null ? {} : { filter: escaped(row.filter) }),
    to: row.destination,
    ...(row.ordered_by === null ? {} : { ordered: row.ordered_by }),
    ...(row.latest_only ? { latestOnly: true } : {}),
  };
}

/** What stands in the database has no references; a `${` of it is meant. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('${', () => '$${');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)]));
}
