import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { PoolClient } from 'pg';
import { auditJson } from '../audit/audit-json.js';
import { newId } from '../database/ids.js';
import type { SecretBox } from '../database/secret-box.js';
import { withPlaceholders } from './placeholders.js';

/** Who changes the configuration by another way than the API. */
export interface ConfigurationActor {
  /** `file:hookyard.yaml`, `cli:ann`. */
  readonly actor: string;
  /** `start`, `config apply`. */
  readonly action: string;
  /** The file, or where there is none an empty text. */
  readonly path: string;
}

type Entries = Readonly<Record<string, unknown>>;

interface Row {
  kind: 'source' | 'destination';
  name: string;
  type: string;
  settings: object;
  secrets_sealed: Buffer;
  written_sealed: Buffer | null;
  declared_by: string;
  undeclared: boolean;
}

/**
 * Runs a change of the configuration, in the caller's transaction and under its lock, and puts into the audit log what it changed: each
 * source, destination and route that is not as it was. A change that changes nothing leaves no line, so a restart leaves none.
 */
export async function audited<T>(
  client: PoolClient,
  box: SecretBox,
  { actor, action, path }: ConfigurationActor,
  work: () => Promise<T>,
): Promise<T> {
  const before = await readEntries(client, box);
  const result = await work();
  const after = await readEntries(client, box);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isDeepStrictEqual(before[name], after[name]),
  );
  if (names.length === 0) return result;
  const only = (entries: Entries): Entries => Object.fromEntries(names.map((name) => [name, entries[name] ?? null]));
  await client.query(
    `INSERT INTO hookyard.audit (id, actor, role, address, action, path, target, before, after, status_code)
     VALUES ($1, $2, 'system', $3, $4, $5, 'configuration', $6, $7, 200)`,
    [newId(), actor, hostname(), action, path.slice(-512), auditJson(only(before)), auditJson(only(after))],
  );
  return result;
}

/** All that is in force, by kind and name; of secrets a fingerprint, so that it shows when one changed. */
async function readEntries(client: PoolClient, box: SecretBox): Promise<Entries> {
  const rows = await client.query<Row>(
    `SELECT 'source' AS kind, slug AS name, type, settings, secrets_sealed, written_sealed, declared_by,
       undeclared_at IS NOT NULL AS undeclared FROM hookyard.source WHERE deleted_at IS NULL
     UNION ALL
     SELECT 'destination', name, kind, settings, secrets_sealed, written_sealed, declared_by, undeclared_at IS NOT NULL
     FROM hookyard.destination WHERE deleted_at IS NULL ORDER BY kind DESC, name`,
  );
  const routes = await client.query<{ id: number }>(
    `SELECT r.id, r.source_slug AS source, r.source_type AS "sourceType", r.types, r.filter, d.name AS to,
       r.ordered_by AS ordered, r.latest_only AS "latestOnly", r.declared_by AS "declaredBy"
     FROM hookyard.route r JOIN hookyard.destination d ON d.id = r.destination_id WHERE r.deleted_at IS NULL ORDER BY r.id`,
  );
  return Object.fromEntries([
    ...rows.rows.map((row) => [`${row.kind} ${row.name}`, entryOf(row, box)]),
    ...routes.rows.map(({ id, ...route }) => [`route ${id}`, route]),
  ]);
}

function entryOf(row: Row, box: SecretBox): object {
  const { type, settings, declared_by: declaredBy, undeclared } = row;
  const written = row.written_sealed === null ? null : opened(box, row.written_sealed);
  return {
    type,
    declaredBy,
    ...(undeclared ? { undeclared } : {}),
    ...(written === null ? {} : { entry: withPlaceholders(written, 'hidden', declaredBy === 'api').entry }),
    settings,
    secretsFingerprint: box.fingerprints(JSON.stringify(opened(box, row.secrets_sealed)) ?? '')[0],
  };
}

/** Sealed with a key that is not here: it is one thing that cannot be read. */
function opened(box: SecretBox, sealed: Buffer): unknown {
  try {
    return box.open(sealed);
  } catch {
    return null;
  }
}
