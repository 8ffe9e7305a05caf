import type { PoolClient } from 'pg';
import { canonicalJson } from '../config/canonical-json.js';
import type { DeclaredConfiguration } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';
import { httpDestination } from './apply-destinations.js';
import { sourceWrite } from './apply-sources.js';
import { findWhyOlder } from './configuration-age.js';
import type { DeclaredBy } from './declared-by.js';
import { planRoutes } from './plan-routes.js';
import type { PlannedChange } from './planned-change.js';

/** What an apply of the file would do, and to which revision. */
export interface ConfigurationPlan {
  readonly revision: bigint;
  readonly changes: readonly PlannedChange[];
  /** Why it would not be done: the file is older than what is in force. */
  readonly older: string | undefined;
}

interface Row {
  name: string;
  kind: string;
  type: string | null;
  settings: object;
  secrets_sealed: Buffer;
  declared_by: DeclaredBy;
  undeclared: boolean;
}

/** Compares the file with what is in force; changes nothing. `prune`: what the file does not declare is removed. */
export async function planConfiguration(
  client: PoolClient,
  box: SecretBox,
  declared: DeclaredConfiguration,
  prune: boolean,
): Promise<ConfigurationPlan> {
  const { rows } = await client.query<{ revision: string }>('SELECT revision FROM hookyard.configuration');
  const sources = await client.query<Row>(
    `SELECT slug AS name, 'source' AS kind, type, settings, secrets_sealed, declared_by, undeclared_at IS NOT NULL AS undeclared
     FROM hookyard.source WHERE deleted_at IS NULL ORDER BY slug`,
  );
  const destinations = await client.query<Row>(
    `SELECT name, kind, NULL AS type, settings, secrets_sealed, declared_by, undeclared_at IS NOT NULL AS undeclared
     FROM hookyard.destination WHERE deleted_at IS NULL ORDER BY name`,
  );
  const fromFile = declared.sources.filter(({ declaredBy = 'file' }) => declaredBy === 'file');
  const kept = new Set(declared.sources.map(({ slug }) => slug));
  return {
    revision: BigInt(rows[0]?.revision ?? 0),
    older:
      (await findWhyOlder(client, box, declared, 'sources')) ??
      (await findWhyOlder(client, box, declared, 'destinations')),
    changes: [
      ...fromFile.map((source) => planOne('source', source.slug, sourceWrite(source), sources.rows, box)),
      ...planGone('source', sources.rows, kept, prune),
      ...declared.destinations.map((destination) => {
        const { settings, secrets } = httpDestination(destination);
        return planOne('destination', destination.name, { settings, secrets }, destinations.rows, box);
      }),
      ...planGone('destination', destinations.rows, new Set(declared.destinations.map(({ name }) => name)), prune),
      ...(await planRoutes(client, declared.routes)),
    ].filter((change) => change !== undefined),
  };
}

function planOne(
  kind: 'source' | 'destination',
  name: string,
  wanted: { readonly type?: string; readonly settings: object; readonly secrets: unknown },
  rows: readonly Row[],
  box: SecretBox,
): PlannedChange | undefined {
  const row = rows.find((one) => one.name === name);
  if (!row) return { action: 'create', kind, name, keys: [] };
  const before = { type: row.type ?? undefined, ...row.settings, ...secretPart(openOr(box, row.secrets_sealed)) };
  const after = { type: wanted.type, ...wanted.settings, ...secretPart(wanted.secrets) };
  const keys = changedKeys(before, after);
  if (row.declared_by !== 'file') keys.push(`declaredBy (${row.declared_by})`);
  if (row.undeclared) return { action: 'declare', kind, name, keys };
  return keys.length > 0 ? { action: 'change', kind, name, keys: keys.toSorted() } : undefined;
}

function planGone(
  kind: 'source' | 'destination',
  rows: readonly Row[],
  declared: ReadonlySet<string>,
  prune: boolean,
): PlannedChange[] {
  return rows
    .filter(({ name, declared_by: by, undeclared }) => by === 'file' && !declared.has(name) && (prune || !undeclared))
    .map(({ name }) => ({ action: prune ? 'remove' : 'undeclare', kind, name, keys: [] }));
}

function secretPart(secrets: unknown): object {
  return Array.isArray(secrets) ? { secrets } : (secrets as object);
}

/** Sealed with a lost key: what it was is lost, so all of it changes. */
function openOr(box: SecretBox, sealed: Buffer): unknown {
  try {
    return box.open(sealed);
  } catch {
    return {};
  }
}

/** In the words of the file. */
const FILE_WORDS: Readonly<Record<string, string>> = {
  maxBodyBytes: 'maxBodySize',
  'policy.timeoutMs': 'timeout',
  'policy.concurrency': 'limits.concurrency',
  'policy.ratePerSecond': 'limits.rate',
};

function changedKeys(before: object, after: object, prefix = ''): string[] {
  const values = (side: object): Readonly<Record<string, unknown>> => JSON.parse(JSON.stringify(side)) as never;
  const [left, right] = [values(before), values(after)];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) => {
    if (canonicalJson(left[key] ?? null) === canonicalJson(right[key] ?? null)) return [];
    if (key === 'policy' && prefix === '') return changedKeys(left[key] ?? {}, right[key] ?? {}, 'policy.');
    const path = `${prefix}${key}`;
    return [FILE_WORDS[path] ?? path.replace(/^policy\./, '')];
  });
}
