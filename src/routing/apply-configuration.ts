import type { Pool } from 'pg';
import type { DeclaredConfiguration, DeliveryPolicy } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';
import { inTransaction } from '../database/transaction.js';
import {
  applyDestination,
  handlerDestination,
  handlersElsewhere,
  httpDestination,
  pauseDestinations,
} from './apply-destinations.js';
import { applyRoutes } from './apply-routes.js';
import { applySource, pauseSources } from './apply-sources.js';

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

/** What an apply left behind, by name: no longer declared, so its sources hold and its destinations are paused. */
export interface ApplyReport {
  readonly undeclared: readonly string[];
}

/** Who applies, because not every process can speak for everything. */
export interface Applying {
  /** This process takes webhooks in, so it was given every source's secrets. A worker was not, and must not undeclare them. */
  readonly knowsSources: boolean;
}

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
  { knowsSources }: Applying,
): Promise<ApplyReport> {
  return inTransaction(pool, async (client) => {
    // Two processes that start at once apply one after the other.
    const { rows } = await client.query<{ next: string }>(
      'SELECT revision + 1 AS next FROM hookyard.configuration FOR UPDATE',
    );
    const revision = BigInt(rows[0]?.next ?? 1);
    if (knowsSources) for (const source of declared.sources) await applySource(client, box, source);
    const ids = new Map<string, number>();
    for (const destination of declared.destinations) {
      ids.set(destination.name, await applyDestination(client, box, 'http', httpDestination(destination)));
    }
    for (const handler of handlers) {
      const row = handlerDestination(handler.name, handler.policy);
      ids.set(handler.name, await applyDestination(client, box, 'handler', row));
    }
    const handlerRoutes = handlers.map((handler) => ({ ...handler, to: handler.name }));
    const elsewhere = await handlersElsewhere(client, [...ids.values()]);
    await applyRoutes(client, [...declared.routes, ...handlerRoutes], ids, elsewhere, revision);
    const sources = knowsSources
      ? await pauseSources(
          client,
          declared.sources.map(({ slug }) => slug),
        )
      : [];
    const destinations = await pauseDestinations(client, [...ids.values(), ...elsewhere]);
    const undeclared = [
      ...sources.map((slug) => `source ${slug}`),
      ...destinations.map((name) => `destination ${name}`),
    ];
    await client.query('UPDATE hookyard.configuration SET revision = $1', [String(revision)]);
    return { undeclared };
  });
}
