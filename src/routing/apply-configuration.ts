import type { Pool, PoolClient } from 'pg';
import type { DeclaredConfiguration, DeclaredDestination, DeclaredRoute, DeclaredSource, DeliveryPolicy } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';
import { inTransaction } from '../database/transaction.js';
import type { DestinationSecrets, DestinationSettings, SourceSettings } from './load-topology.js';

/** A method of the application that takes events; it is a destination and brings its own route. */
export interface DeclaredHandler {
  readonly name: string;
  readonly source: string | undefined;
  readonly sourceType: string | undefined;
  readonly types: readonly string[];
  readonly policy: DeliveryPolicy;
}

/** What an apply left behind, by name: no longer declared, so its sources hold and its destinations are paused. */
export interface ApplyReport {
  readonly undeclared: readonly string[];
}

const UNDECLARED = 'no longer declared';

/** `held_reason` of deliveries whose source was paused, or no longer declared, when their event came in. */
export const HELD_BY_SOURCE = 'source paused';

/**
 * Writes what the file, the environment and the application's handlers declare. It adds and changes, never removes: a
 * source that left is paused (stored, deliveries held), a destination that left is paused with its backlog, and both come
 * back by being declared again. Pauses set by a person and breakers are not touched. One transaction, under a lock.
 */
export async function applyConfiguration(
  pool: Pool,
  box: SecretBox,
  declared: DeclaredConfiguration,
  handlers: readonly DeclaredHandler[],
): Promise<ApplyReport> {
  return inTransaction(pool, async (client) => {
    // Two processes that start at once apply one after the other.
    await client.query('SELECT 1 FROM hookyard.configuration FOR UPDATE');
    for (const source of declared.sources) await applySource(client, box, source);
    const ids = new Map<string, number>();
    for (const destination of declared.destinations) {
      ids.set(destination.name, await applyDestination(client, box, 'http', httpSettings(destination)));
    }
    for (const handler of handlers) {
      const settings = { name: handler.name, settings: { policy: handler.policy }, secrets: {} };
      ids.set(handler.name, await applyDestination(client, box, 'handler', settings));
    }
    const handlerRoutes = handlers.map((handler) => ({ ...handler, to: handler.name }));
    await applyRoutes(client, [...declared.routes, ...handlerRoutes], ids);
    const undeclared = await pauseUndeclared(client, declared.sources.map(({ slug }) => slug), [...ids.values()]);
    await client.query('UPDATE hookyard.configuration SET revision = revision + 1');
    return { undeclared };
  });
}

async function applySource(client: PoolClient, box: SecretBox, source: DeclaredSource): Promise<void> {
  const settings: SourceSettings = {
    toleranceSeconds: source.toleranceSeconds,
    maxBodyBytes: source.maxBodyBytes,
    options: source.options,
  };
  await client.query(
    `INSERT INTO hookyard.source (slug, type, settings, secrets_sealed) VALUES ($1, $2, $3, $4)
     ON CONFLICT (slug) WHERE deleted_at IS NULL
     DO UPDATE SET type = excluded.type, settings = excluded.settings, secrets_sealed = excluded.secrets_sealed,
                   undeclared_at = NULL`,
    [source.slug, source.type, JSON.stringify(settings), box.seal(source.secrets)],
  );
  // What was held only because the source had left goes out now that it is back.
  await client.query(
    `UPDATE hookyard.delivery d SET status = 'pending', held_reason = NULL, next_attempt_at = statement_timestamp()
     FROM hookyard.event e JOIN hookyard.source s ON s.id = e.source_id
     WHERE d.status = 'held' AND d.held_reason = $2 AND e.id = d.event_id
       AND s.slug = $1 AND s.deleted_at IS NULL AND s.paused_at IS NULL`,
    [source.slug, HELD_BY_SOURCE],
  );
}

interface DestinationWrite {
  name: string;
  settings: DestinationSettings;
  secrets: DestinationSecrets;
}

function httpSettings(destination: DeclaredDestination): DestinationWrite {
  const { name, policy, url, payload, allowPrivateNetwork, signingSecrets, resignWith, headers } = destination;
  return { name, settings: { policy, url, payload, allowPrivateNetwork }, secrets: { signingSecrets, resignWith, headers } };
}

async function applyDestination(
  client: PoolClient,
  box: SecretBox,
  kind: 'http' | 'handler',
  { name, settings, secrets }: DestinationWrite,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO hookyard.destination (name, kind, settings, secrets_sealed) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) WHERE deleted_at IS NULL
     DO UPDATE SET kind = excluded.kind, settings = excluded.settings, secrets_sealed = excluded.secrets_sealed,
                   undeclared_at = NULL
     RETURNING id`,
    [name, kind, JSON.stringify(settings), box.seal(secrets)],
  );
  const { id } = rows[0] as { id: number };
  await client.query(
    `INSERT INTO hookyard.destination_gate (destination_id) VALUES ($1)
     ON CONFLICT (destination_id) DO UPDATE SET paused_at = NULL, pause_reason = NULL
     WHERE destination_gate.pause_reason = $2`,
    [id, UNDECLARED],
  );
  return id;
}

/** Routes keep their id while they say the same, because deliveries record which route made them. */
async function applyRoutes(
  client: PoolClient,
  routes: readonly DeclaredRoute[],
  ids: ReadonlyMap<string, number>,
): Promise<void> {
  const kept: number[] = [];
  for (const [position, route] of routes.entries()) {
    const destinationId = ids.get(route.to);
    if (destinationId === undefined) throw new Error(`route ${position} names an unknown destination: ${route.to}`);
    const values = [position, route.source ?? null, route.sourceType ?? null, route.types, destinationId, kept];
    const same = await client.query<{ id: number }>(
      `UPDATE hookyard.route SET position = $1
       WHERE id = (SELECT id FROM hookyard.route
                   WHERE deleted_at IS NULL AND source_slug IS NOT DISTINCT FROM $2
                     AND source_type IS NOT DISTINCT FROM $3 AND types = $4 AND destination_id = $5 AND id <> ALL ($6)
                   ORDER BY id LIMIT 1)
       RETURNING id`,
      values,
    );
    const made = same.rows[0]
      ? same
      : await client.query<{ id: number }>(
          `INSERT INTO hookyard.route (position, source_slug, source_type, types, destination_id)
           VALUES ($1, $2, $3, $4, $5) RETURNING id`,
          values.slice(0, 5),
        );
    kept.push((made.rows[0] as { id: number }).id);
  }
  await client.query(`UPDATE hookyard.route SET deleted_at = now() WHERE deleted_at IS NULL AND id <> ALL ($1)`, [kept]);
}

async function pauseUndeclared(client: PoolClient, slugs: string[], destinationIds: number[]): Promise<string[]> {
  const sources = await client.query<{ slug: string }>(
    `UPDATE hookyard.source SET undeclared_at = now()
     WHERE deleted_at IS NULL AND undeclared_at IS NULL AND slug <> ALL ($1) RETURNING slug`,
    [slugs],
  );
  const destinations = await client.query<{ name: string }>(
    `WITH gone AS (
       UPDATE hookyard.destination SET undeclared_at = now()
       WHERE deleted_at IS NULL AND undeclared_at IS NULL AND id <> ALL ($1) RETURNING id, name
     ), paused AS (
       UPDATE hookyard.destination_gate g SET paused_at = coalesce(paused_at, now()), pause_reason = coalesce(pause_reason, $2)
       FROM gone WHERE g.destination_id = gone.id
     )
     SELECT name FROM gone`,
    [destinationIds, UNDECLARED],
  );
  return [...sources.rows.map(({ slug }) => `source ${slug}`), ...destinations.rows.map(({ name }) => `destination ${name}`)];
}
