import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { startEmbeddedPostgres } from '../../src/embedded/start-embedded-postgres.js';

/** A Postgres of a test's own, which it may kill. It comes back by itself, on the same port, as an operator's would. */
export interface OwnPostgres {
  readonly url: string;
  readonly pool: Pool;
  /** `SIGKILL`: as the OOM killer does. `SIGINT`: a fast restart, every session is ended. `SIGQUIT`: immediate. */
  kill(signal: 'SIGKILL' | 'SIGINT' | 'SIGQUIT'): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookyard-own-postgres-'));
  // The account that Postgres runs under must get in here.
  await chmod(dataDir, 0o755);
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  const pool = new Pool({ connectionString: postgres.url, max: 2, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  return {
    url: postgres.url,
    pool,
    kill: async (signal) => {
      const restored = new Promise<void>((resolve) => postgres.onRestored(resolve));
      const lock = await readFile(join(postgres.dataDirectory, 'postmaster.pid'), 'utf8');
      process.kill(Number.parseInt(lock, 10), signal);
      await restored;
    },
    stop: async () => {
      await pool.end();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
