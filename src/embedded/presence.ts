import { realpath } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { DATABASE_NAME, DATABASE_USER, type Cluster } from './cluster.js';

/** `refused`: a server answers, but it is not ours, or does not let us in; `not-yet`: ask again. */
export type PresenceResult =
  | { readonly kind: 'present'; readonly presence: Presence }
  | { readonly kind: 'not-yet'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Any constant: the advisory lock that every process using the server shares ("hookyard" in ASCII). */
const PRESENCE_LOCK = '7525356009748001380';
const PATIENCE_MS = 5_000;
const GOODBYE_MS = 1_000;
/** invalid_password, invalid_authorization_specification, invalid_catalog_name. */
const REFUSALS = new Set(['28P01', '28000', '3D000']);

/**
 * One process's sign that it uses the server: a connection that holds a shared lock. It ends with the process, however the
 * process ends, so that the last one out can know it is the last.
 */
export class Presence {
  #leaving = false;
  #ended = false;
  #onLost: (() => void) | undefined;

  private constructor(private readonly client: Client) {
    client.once('end', () => {
      this.#ended = true;
      if (!this.#leaving) this.#onLost?.();
    });
  }

  /** Logs in, makes sure that the database is this cluster, and takes the shared lock. */
  static async take(cluster: Cluster, port: number): Promise<PresenceResult> {
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: DATABASE_USER,
      password: cluster.password,
      // Not Hookyard's own database: that one can then be dropped or copied while we run.
      database: 'postgres',
      application_name: 'hookyard presence',
      ssl: false,
      connectionTimeoutMillis: PATIENCE_MS,
      query_timeout: PATIENCE_MS,
      keepAlive: true,
    });
    // Without a listener a lost connection would end the process; 'end' tells the same.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const stranger = await strangeness(client, cluster);
      if (stranger) {
        await disconnect(client);
        return { kind: 'refused', reason: stranger };
      }
      const lock = await client.query<{ taken: boolean }>(
        `SELECT pg_try_advisory_lock_shared(${PRESENCE_LOCK}) AS taken`,
      );
      if (!lock.rows[0]?.taken) {
        await disconnect(client);
        return { kind: 'not-yet', reason: 'the last process that used the server is stopping it' };
      }
      await ensureDatabase(client);
      return { kind: 'present', presence: new Presence(client) };
    } catch (error) {
      await disconnect(client);
      const reason = error instanceof Error ? error.message : String(error);
      const refused = error instanceof DatabaseError && REFUSALS.has(error.code ?? '');
      return { kind: refused ? 'refused' : 'not-yet', reason };
    }
  }

  /** Called once, when the connection ends and it was not we who left. */
  onLost(callback: () => void): void {
    if (this.#ended) callback();
    else this.#onLost = callback;
  }

  /**
   * Gives up the shared lock; true when we were the last. The connection then keeps everybody out until `close`. Giving up
   * comes before asking: of two that leave at once, each would otherwise see the other and neither stop the server.
   */
  async leave(): Promise<boolean> {
    this.#leaving = true;
    try {
      await this.client.query(`SELECT pg_advisory_unlock_shared(${PRESENCE_LOCK})`);
      const lock = await this.client.query<{ taken: boolean }>(
        `SELECT pg_try_advisory_lock(${PRESENCE_LOCK}) AS taken`,
      );
      return lock.rows[0]?.taken === true;
    } catch {
      return false;
    }
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    this.#leaving = true;
    if (!this.#ended) await disconnect(this.client);
  }
}

/** Why the server is not the cluster's own, or `undefined` when it is. */
async function strangeness(client: Client, cluster: Cluster): Promise<string | undefined> {
  const { rows } = await client.query<{ data: string; identifier: string }>(
    `SELECT current_setting('data_directory') AS data, system_identifier::text AS identifier FROM pg_control_system()`,
  );
  const found = rows[0];
  const data = found && (await realpath(found.data).catch(() => found.data));
  if (data !== cluster.data) return `it serves ${data}`;
  if (found?.identifier !== cluster.systemIdentifier) return `it serves another database (${found?.identifier})`;
  return undefined;
}

/** A server that hangs never closes its side; that must not hold us up. */
async function disconnect(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), sleep(GOODBYE_MS, undefined, { ref: false })]);
}

async function ensureDatabase(client: Client): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE_NAME]);
  if (found.rowCount) return;
  try {
    await client.query(`CREATE DATABASE "${DATABASE_NAME}" TEMPLATE template0`);
  } catch (error) {
    // duplicate_database, unique_violation: another process made it meanwhile.
    if (!(error instanceof DatabaseError && ['42P04', '23505'].includes(error.code ?? ''))) throw error;
  }
}
