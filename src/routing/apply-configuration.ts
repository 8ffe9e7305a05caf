import { basename } from 'node:path';
import type { Pool, PoolClient } from 'pg';
import type { DeclaredConfiguration, DeclaredSource, DeliveryPolicy } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';
import { inTransaction } from '../database/transaction.js';
import { StartupError } from '../errors.js';
import {
  applyDestination,
  handlerDestination,
  handlersElsewhere,
  httpDestination,
  pauseDestinations,
} from './apply-destinations.js';
import { declareMonitor, removeMonitor } from './apply-monitor.js';
import { applyRoutes } from './apply-routes.js';
import { audited, type ConfigurationActor } from './audited.js';
import { applySource, pauseSources } from './apply-sources.js';
import { findWhyOlder, rememberApplied, type Part } from './configuration-age.js';

/** A method of the application that takes events; it is a destination and brings its own route. */
export interface DeclaredHandler {
  readonly name: string;
  readonly source: string | undefined;
  readonly sourceType: string | undefined;
  readonly types: readonly string[];
  /** See `DeclaredRoute`. */
  readonly filter: unknown;
  readonly policy: DeliveryPolicy;
  readonly ordered?: 'subject' | undefined;
  readonly latestOnly?: boolean | undefined;
}

/** What an apply did not do as it was declared. */
export interface ApplyReport {
  /** No longer declared, by name: such sources hold and such destinations are paused. */
  readonly undeclared: readonly string[];
  /** Why the file, or the part of it that this process speaks for, was not written: it is older than what is in force. */
  readonly older: string | undefined;
}

/** Who applies, because not every process can speak for everything. */
export interface Applying {
  /** This process takes webhooks in, so it was given every source's secrets. A worker was not, and must not undeclare them. */
  readonly knowsSources: boolean;
  /** This process has the environment of a router, and speaks for the sources that variables declare. Default true. */
  readonly knowsEnvironment?: boolean;
  /** Write it although it is older. */
  readonly force?: boolean;
}

/**
 * Writes what the file, the environment and the application's handlers declare. It adds and changes, never removes: a
 * source that left is paused (stored, deliveries held), a destination that left is paused with its backlog, and both come
 * back by being declared again. A file that is older than the one in force is not written. Pauses set by a person, breakers,
 * and what was made over the API are not touched. One transaction, under a lock.
 */
export async function applyConfiguration(
  pool: Pool,
  box: SecretBox,
  declared: DeclaredConfiguration,
  handlers: readonly DeclaredHandler[],
  applying: Applying,
): Promise<ApplyReport> {
  return inTransaction(pool, async (client) => {
    const revision = await lockConfiguration(client);
    return audited(client, box, starting(declared), () =>
      applyAll(client, box, declared, handlers, applying, revision),
    );
  });
}

function starting({ file }: DeclaredConfiguration): ConfigurationActor {
  return { actor: file === undefined ? 'environment' : `file:${basename(file)}`, action: 'start', path: file ?? '' };
}

async function applyAll(
  client: PoolClient,
  box: SecretBox,
  declared: DeclaredConfiguration,
  handlers: readonly DeclaredHandler[],
  applying: Applying,
  revision: bigint,
): Promise<ApplyReport> {
  const file = await applyFile(client, box, declared, revision, applying);
  // A process without a file, or with an old one, does not know whether there should be a monitor.
  if (declared.monitor !== undefined) await declareMonitor(client, box);
  else if (declared.file !== undefined && file.older === undefined) await removeMonitor(client);
  const undeclared = [...file.undeclared, ...(await applyHandlers(client, box, handlers, revision))];
  await raiseRevision(client, revision);
  return { undeclared, older: file.older };
}

/** Waits until nobody else changes the configuration, until this transaction ends. Gives the revision that it will make. */
export async function lockConfiguration(client: PoolClient): Promise<bigint> {
  const { rows } = await client.query<{ next: string }>(
    'SELECT revision + 1 AS next FROM hookyard.configuration FOR UPDATE',
  );
  return BigInt(rows[0]?.next ?? 1);
}

/** Tells every process, within about a second, that the configuration has changed. */
export async function raiseRevision(client: PoolClient, revision: bigint): Promise<void> {
  await client.query('UPDATE hookyard.configuration SET revision = $1', [String(revision)]);
}

/** Writes what file and environment declare, under the lock, unless it is older than what is in force. */
export async function applyFile(
  client: PoolClient,
  box: SecretBox,
  declared: DeclaredConfiguration,
  revision: bigint,
  { knowsSources, knowsEnvironment = true, force = false }: Applying,
): Promise<ApplyReport> {
  const judge = async (part: Part): Promise<string | undefined> =>
    force ? undefined : findWhyOlder(client, box, declared, part);
  const olderSources = knowsSources ? await judge('sources') : undefined;
  const olderDestinations = await judge('destinations');
  const undeclared: string[] = [];
  const writesSources = knowsSources && declared.file !== undefined && olderSources === undefined;
  if (writesSources) undeclared.push(...(await applyFileSources(client, box, declared)));
  if (knowsSources && knowsEnvironment) {
    undeclared.push(...(await applyEnvironment(client, box, declared, !writesSources)));
  }
  // Without a file nobody speaks for its destinations: a start that lost its file must not pause them all.
  if (declared.file !== undefined && olderDestinations === undefined) {
    undeclared.push(...(await applyDestinations(client, box, declared, revision)));
  }
  const older = olderSources ?? olderDestinations;
  if (declared.file !== undefined) await noteFile(client, declared, older);
  return { undeclared, older };
}

const isFromFile = ({ declaredBy = 'file' }: DeclaredSource): boolean => declaredBy === 'file';

async function applyFileSources(
  client: PoolClient,
  box: SecretBox,
  declared: DeclaredConfiguration,
): Promise<string[]> {
  for (const source of declared.sources.filter(isFromFile)) await applySource(client, box, source);
  await rememberApplied(client, box, declared, 'sources');
  // One that the file has left to a variable is not gone.
  const gone = await pauseSources(
    client,
    'file',
    declared.sources.map(({ slug }) => slug),
  );
  return gone.map((slug) => `source ${slug}`);
}

/** Sources that variables declare. `spareFile`: what the file in force declares comes before them, for it is not this process's. */
async function applyEnvironment(
  client: PoolClient,
  box: SecretBox,
  declared: DeclaredConfiguration,
  spareFile: boolean,
): Promise<string[]> {
  const sources = declared.sources.filter((source) => !isFromFile(source));
  const slugs = sources.map(({ slug }) => slug);
  const { rows } = await client.query<{ slug: string }>(
    `SELECT slug FROM hookyard.source
     WHERE $2 AND slug = ANY ($1) AND declared_by = 'file' AND undeclared_at IS NULL AND deleted_at IS NULL`,
    [slugs, spareFile],
  );
  const taken = new Set(rows.map(({ slug }) => slug));
  for (const source of sources) if (!taken.has(source.slug)) await applySource(client, box, source);
  const gone = await pauseSources(client, 'environment', slugs);
  return gone.map((slug) => `source ${slug}`);
}

async function applyDestinations(
  client: PoolClient,
  box: SecretBox,
  declared: DeclaredConfiguration,
  revision: bigint,
): Promise<string[]> {
  const ids = new Map<string, number>();
  for (const destination of declared.destinations) {
    ids.set(destination.name, await applyDestination(client, box, 'http', httpDestination(destination)));
  }
  await applyRoutes(client, { declaredBy: 'file', routes: declared.routes, elsewhere: [] }, ids, revision);
  await rememberApplied(client, box, declared, 'destinations');
  const gone = await pauseDestinations(client, 'file', [...ids.values()]);
  return gone.map((name) => `destination ${name}`);
}

async function applyHandlers(
  client: PoolClient,
  box: SecretBox,
  handlers: readonly DeclaredHandler[],
  revision: bigint,
): Promise<string[]> {
  const { rows: taken } = await client.query<{ name: string }>(
    `SELECT name FROM hookyard.destination
     WHERE name = ANY ($1) AND declared_by = 'api' AND undeclared_at IS NULL AND deleted_at IS NULL`,
    [handlers.map(({ name }) => name)],
  );
  if (taken.length > 0) {
    const problems = taken.map(({ name }) => `the name ${name} of a handler is taken by a destination of the API`);
    throw new StartupError('INVALID_HANDLERS', problems);
  }
  const ids = new Map<string, number>();
  for (const handler of handlers) {
    const row = handlerDestination(handler.name, handler.policy);
    ids.set(handler.name, await applyDestination(client, box, 'handler', row));
  }
  const routes = handlers.map((handler) => ({ ...handler, to: handler.name }));
  const elsewhere = await handlersElsewhere(client, [...ids.values()]);
  await applyRoutes(client, { declaredBy: 'code', routes, elsewhere }, ids, revision);
  const gone = await pauseDestinations(client, 'code', [...ids.values(), ...elsewhere]);
  return gone.map((name) => `destination ${name}`);
}

/** For people who ask which file is in force, and whether somebody runs with an older one. */
async function noteFile(client: PoolClient, declared: DeclaredConfiguration, older: string | undefined): Promise<void> {
  if (older === undefined) {
    await client.query(
      `UPDATE hookyard.configuration SET file = $1, file_revision = coalesce($2, file_revision),
         older_file = NULL, older_seen_at = NULL`,
      [declared.file, declared.revision ?? null],
    );
  } else {
    await client.query(`UPDATE hookyard.configuration SET older_file = $1, older_seen_at = now()`, [declared.file]);
  }
}
