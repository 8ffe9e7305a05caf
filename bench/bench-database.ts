import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/embedded/start-embedded-postgres.js';

/** Runs `measure` on a fresh embedded Postgres with its usual settings (fsync on), and throws that away afterwards. */
export async function withBenchDatabase<T>(measure: (databaseUrl: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookyard-bench-'));
  await chmod(dataDir, 0o755);
  const log = { info: () => undefined, warn: console.error, error: console.error };
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  try {
    return await measure(postgres.url);
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The value at a share (0 to 1) of the sorted samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
