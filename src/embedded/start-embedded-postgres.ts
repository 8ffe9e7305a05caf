import { chmod, mkdir, realpath } from 'node:fs/promises';
import { StartupError } from '../errors.js';
import { accountOwning, canReach, chooseAccount } from './account.js';
import { locatePackage, packageMajor, prepareBinaries } from './binaries.js';
import { findCluster } from './cluster.js';
import { createCluster } from './create-cluster.js';
import type { EmbeddedLog } from './embedded-log.js';
import { HostClaim } from './host-claim.js';
import { joinServer } from './join-server.js';
import { RunningPostgres } from './running-postgres.js';

export interface EmbeddedPostgresOptions {
  /** The database lives in `postgres` under it; made when missing. */
  readonly dataDir: string;
  readonly log: EmbeddedLog;
  /** The folder of the npm package with the binaries; found by itself. */
  readonly packageDir?: string;
  /** As root, where binaries and data go that Postgres's account cannot reach otherwise. */
  readonly reachableDir?: string;
}

/** A running database of our own. */
export interface EmbeddedPostgres {
  readonly url: string;
  /** It ran already; we only joined it. */
  readonly adopted: boolean;
  /** Where Postgres keeps its files, for messages and backups. */
  readonly dataDirectory: string;
  /** Called each time the server is gone while we use it; it is being started again. */
  onLost(callback: () => void): void;
  /** Called each time it is back, on the same port. */
  onRestored(callback: () => void): void;
  /** Leaves the server, and stops it when no other process uses it. Close all other connections first. */
  stop(): Promise<void>;
}

/**
 * Makes the database on first use, then adopts the running server or starts one.
 * Fails with a StartupError `EMBEDDED_POSTGRES_FAILED` that says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await start(options);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `The embedded database in ${options.dataDir} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      'Mend what it names, choose another data directory, or set DATABASE_URL.',
    ]);
  }
}

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, reachableDir = '/var/lib/hookyard', packageDir = locatePackage() } = options;
  const dataDir = await makeDataDir(options.dataDir);
  const major = await packageMajor(packageDir);
  const found = await findCluster(dataDir, major);
  const account = found ? await accountOwning(found.data) : await chooseAccount();
  const cacheDir = (await canReach(dataDir, account)) ? dataDir : reachableDir;
  const binaries = await prepareBinaries(packageDir, cacheDir, account);
  const cluster = found ?? (await createCluster({ dataDir, major, reachableDir }, account, binaries, log));
  const claim = new HostClaim(cluster.home);
  const setup = { cluster, binaries, account, claim, log };
  return new RunningPostgres(setup, await joinServer(setup));
}

/** As root, Postgres's account must pass through it; the secrets in it have modes of their own. One we find stays as it is. */
async function makeDataDir(dataDir: string): Promise<string> {
  const made = await mkdir(dataDir, { recursive: true });
  if (made !== undefined) await chmod(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
  return realpath(dataDir);
}
