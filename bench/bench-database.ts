import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../src/embedded/start-embedded-postgres.js';

/** The embedded Postgres with its usual settings (fsync on), with a database for each subject. */
export interface BenchServer {
  /** An empty database of its own. */
  createDatabase(): Promise<string>;
}

/** Runs `measure` on a fresh embedded Postgres, and throws that away afterwards. */
export async function withBenchServer<T>(measure: (server: BenchServer) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookyard-bench-'));
  await chmod(dataDir, 0o755);
  const log = { info: () => undefined, warn: console.error, error: console.error };
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  let count = 0;
  const createDatabase = async (): Promise<string> => {
    const name = `bench_${(count += 1)}`;
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${name}`);
    } finally {
      await client.end();
    }
    const url = new URL(postgres.url);
    url.pathname = name;
    return url.href;
  };
  try {
    return await measure({ createDatabase });
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
