import type { Pool, PoolClient } from 'pg';
import type { DeliveryPolicy, DestinationProxy, DestinationTls, SourceLimits } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';
import type { ReplayPolicy } from '../events/sighting.js';
import { inTransaction } from '../database/transaction.js';
import { compileFilter } from '../filters/compile-filter.js';
import { unusableFilter, type Filter } from '../filters/filter.js';
import { monitorSource } from '../monitor/monitor-source.js';
import { findSourceType } from '../sources/catalog.js';
import { configureSource } from '../sources/configure-source.js';
import { DEFAULT_TOLERANCE_SECONDS } from '../sources/interpret.js';
import { MOST_BODY_MIB } from '../sources/most-body-mib.js';
import type { SourceDescription } from '../sources/source.js';
import type { Route } from './match-routes.js';
import { readPrevious, readSecrets, type StoredSecret } from './source-secret.js';
import { readRouteOrders } from './route-orders.js';
import type { Destination, Source, Topology } from './topology.js';

const DEFAULT_MAX_BODY_BYTES = 5 * 1024 * 1024;

interface SourceRow {
  id: number;
  slug: string;
  type: string;
  settings: SourceSettings;
  secrets_sealed: Buffer;
  previous_secrets_sealed: Buffer | null;
  paused: boolean;
}
interface DestinationRow {
  id: number;
  name: string;
  kind: 'http' | 'handler';
  settings: DestinationSettings;
  secrets_sealed: Buffer;
}
/** What a route's row holds. */
export interface RouteRow {
  id: number;
  source_slug: string | null;
  source_type: string | null;
  types: string[];
  filter: unknown;
  destination_id: number;
}

/** What a source's row holds readable, beside its sealed list of secrets. */
export interface SourceSettings {
  toleranceSeconds?: number;
  maxBodyBytes?: number;
  limits?: SourceLimits;
  suspectedReplays?: ReplayPolicy;
  verification?: 'enforce' | 'shadow';
  options?: unknown;
}

/** What a destination's row holds readable; handlers have only the policy. */
export interface DestinationSettings {
  policy: DeliveryPolicy;
  payload?: 'cloudevents' | 'raw';
  allowPrivateNetwork?: boolean;
}

/** What a destination's row holds sealed. */
export interface DestinationSecrets {
  /** Whole: chat services and many others put a token into the path or the query. */
  url?: string;
  signingSecrets?: readonly StoredSecret[];
  resignWith?: string;
  headers?: Readonly<Record<string, string>>;
  tls?: DestinationTls;
  proxy?: DestinationProxy;
}

/** The revision in force; cheap enough to ask every second. */
export async function readRevision(from: Pool | PoolClient): Promise<bigint> {
  const { rows } = await from.query<{ revision: string }>('SELECT revision FROM hookyard.configuration');
  return BigInt(rows[0]?.revision ?? 0);
}

/**
 * Reads the picture of the revision in force. A row that cannot be used here (a type this build does not know, a secret
 * sealed with a lost key) is left out and told to `onUnusable`: one bad row must not stop the others. A route with a filter that
 * this build cannot compile stays, and its filter fails: left out, events would pass it by and nobody would see.
 */
export async function loadTopology(
  pool: Pool,
  box: SecretBox,
  catalogue: readonly SourceDescription[],
  onUnusable: (what: string, reason: string) => void,
): Promise<Topology> {
  const { revision, sourceRows, destinationRows, routeRows } = await inTransaction(pool, async (client) => {
    // One snapshot: an event says by which revision it was routed, so the routes must be that revision's.
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return {
      revision: await readRevision(client),
      sourceRows: await client.query<SourceRow>(
        `SELECT id, slug, type, settings, secrets_sealed, previous_secrets_sealed,
           paused_at IS NOT NULL OR undeclared_at IS NOT NULL AS paused
         FROM hookyard.source WHERE deleted_at IS NULL`,
      ),
      destinationRows: await client.query<DestinationRow>(
        `SELECT id, name, kind, settings, secrets_sealed FROM hookyard.destination WHERE deleted_at IS NULL`,
      ),
      routeRows: await client.query<RouteRow>(
        `SELECT id, source_slug, source_type, types, filter, destination_id FROM hookyard.route
         WHERE deleted_at IS NULL ORDER BY position, id`,
      ),
    };
  });
  const usable = <Row, T>(rows: Row[], what: (row: Row) => string, read: (row: Row) => T): T[] =>
    rows.flatMap((row) => {
      try {
        return [read(row)];
      } catch (error) {
        onUnusable(what(row), (error as Error).message);
        return [];
      }
    });
  const sources = usable(
    sourceRows.rows,
    ({ slug }) => `source ${slug}`,
    (row) => readSource(row, box, catalogue),
  );
  const destinations = usable(
    destinationRows.rows,
    ({ name }) => `destination ${name}`,
    (row) => readDestination(row, box),
  );
  return {
    revision,
    orders: await readRouteOrders(pool),
    sources: new Map(sources.map((source) => [source.slug, source])),
    unusableSources: new Set(
      sourceRows.rows.map(({ slug }) => slug).filter((slug) => !sources.some((own) => own.slug === slug)),
    ),
    destinations: new Map(destinations.map((destination) => [destination.id, destination])),
    routes: routeRows.rows.map((row) => readRoute(row, onUnusable)),
  };
}

/** A route as it is asked. `onUnusable` hears of a filter that this build cannot compile. */
export function readRoute(row: RouteRow, onUnusable: (what: string, reason: string) => void): Route {
  return {
    id: row.id,
    sourceSlug: row.source_slug ?? undefined,
    sourceType: row.source_type ?? undefined,
    types: row.types,
    filter: row.filter === null ? undefined : readFilter(row, onUnusable),
    destinationId: row.destination_id,
  };
}

function readFilter({ id, filter }: RouteRow, onUnusable: (what: string, reason: string) => void): Filter {
  const compiled = compileFilter(filter);
  if ('conditions' in compiled) return compiled;
  const reason = compiled.map(({ path, message }) => `${path} ${message}`).join('; ');
  onUnusable(`filter of route ${id}`, reason);
  return unusableFilter('this build cannot read it');
}

function readSource(row: SourceRow, box: SecretBox, catalogue: readonly SourceDescription[]): Source {
  const type = row.type === monitorSource.type ? monitorSource : findSourceType(catalogue, row.type);
  if (!type) throw new Error(`this build has no source type ${row.type}`);
  const description = configureSource(type, row.settings.options);
  return {
    id: row.id,
    slug: row.slug,
    description,
    options: row.settings.options,
    secrets: readSecrets(box, row.secrets_sealed),
    previousSecrets: readPrevious(box, row.previous_secrets_sealed),
    toleranceSeconds: row.settings.toleranceSeconds ?? description.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS,
    maxBodyBytes: Math.min(
      row.settings.maxBodyBytes ?? description.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
      MOST_BODY_MIB * 1024 * 1024,
    ),
    limits: row.settings.limits,
    suspectedReplays: row.settings.suspectedReplays ?? 'auto',
    isShadow: row.settings.verification === 'shadow' && description.scheme.needsSecret,
    paused: row.paused,
  };
}

function readDestination(row: DestinationRow, box: SecretBox): Destination {
  const { id, name, settings } = row;
  const { policy } = settings;
  if (row.kind === 'handler') return { kind: 'handler', id, name, policy };
  const secrets = box.open(row.secrets_sealed) as DestinationSecrets;
  return {
    kind: 'http',
    id,
    name,
    policy,
    url: new URL(secrets.url ?? ''),
    payload: settings.payload ?? 'cloudevents',
    signingSecrets: (secrets.signingSecrets ?? []).map(({ value, label, notAfter }) => ({
      value,
      label,
      notAfter: notAfter === undefined ? undefined : new Date(notAfter),
    })),
    resignWith: secrets.resignWith,
    headers: secrets.headers ?? {},
    allowPrivateNetwork: settings.allowPrivateNetwork ?? false,
    tls: secrets.tls,
    proxy: secrets.proxy,
  };
}
