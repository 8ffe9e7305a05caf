import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StartupError } from '../errors.js';
import { connectionOptions } from './pools.js';
import { sqlState } from './sql-errors.js';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
/** https://www.postgresql.org/support/versioning/ : 14 is the oldest we are tested against. */
const OLDEST_VERSION = 140_000;
/** Reserved for superusers by default; ours must fit into the rest. */
const RESERVED_CONNECTIONS = 3;

/** What a wrong password, role or database name answers: waiting would not mend it. */
const HOPELESS = new Set(['28P01', '28000', '3D000', '42501']);

/**
 * Waits until Postgres answers, with growing pauses and without end: a router that starts before its database must come up
 * with it. `onWait` is told of each failed try.
 * @throws StartupError when the answer is one that waiting cannot mend, or the server is too old or too small.
 */
export async function waitForDatabase(
  url: string,
  connectionsNeeded: number,
  onWait: (error: Error, waitMs: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    signal?.throwIfAborted();
    const client = new Client({ ...connectionOptions(url, 'start'), query_timeout: 5_000 });
    // A server that dies while we ask emits an error besides rejecting; unheard, it would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await checkServer(client, connectionsNeeded);
      return;
    } catch (error) {
      if (error instanceof StartupError) throw error;
      const state = sqlState(error);
      if (state && HOPELESS.has(state)) {
        throw new StartupError('DATABASE_UNUSABLE', [`DATABASE_URL: Postgres refuses it: ${(error as Error).message}`]);
      }
      onWait(error as Error, waitMs);
      await sleep(waitMs, undefined, { signal });
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function checkServer(client: Client, connectionsNeeded: number): Promise<void> {
  const { rows } = await client.query<{ version: number; connections: number }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('max_connections')::int AS connections`,
  );
  const { version, connections } = rows[0] as { version: number; connections: number };
  const problems = [];
  if (version < OLDEST_VERSION) {
    problems.push(`DATABASE_URL: this is Postgres ${Math.floor(version / 10_000)}; Hookyard needs 14 or newer`);
  }
  if (connectionsNeeded > connections - RESERVED_CONNECTIONS) {
    problems.push(
      `DATABASE_POOL_MAX: this process may open ${connectionsNeeded} connections, the server allows ${connections} in all; ` +
        `lower DATABASE_POOL_MAX or raise max_connections`,
    );
  }
  if (problems.length > 0) throw new StartupError('DATABASE_UNUSABLE', problems);
}
