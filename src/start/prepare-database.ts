import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import { migrate, pendingMigrations } from '../database/migrate.js';
import type { ApplicationMigrations } from '../database/migration-source.js';
import { connectionsNeeded } from '../database/pool-sizes.js';
import { Pools } from '../database/pools.js';
import { waitForDatabase } from '../database/wait-for-database.js';
import { startEmbeddedPostgres } from '../embedded/start-embedded-postgres.js';
import type { Log } from '../telemetry/log.js';

const ASK_AGAIN_MS = 2_000;
/** By then nothing is under way any more, unless the server hangs; that must not keep the embedded one from being stopped. */
const END_POOLS_WITHIN_MS = 500;

export interface PreparedDatabase {
  readonly url: string;
  readonly pools: Pools;
  /** Closes our pools, then leaves the embedded server (and stops it when nobody else uses it). The very last step; once. */
  readonly stop: () => Promise<void>;
}

/**
 * A database that answers and has its tables: the embedded one, started or joined, or the one that DATABASE_URL names, waited
 * for as long as it takes. Nothing else of the process exists before this is done, so it is never half alive.
 */
export async function prepareDatabase(
  config: Config,
  log: Log,
  applicationMigrations: ApplicationMigrations,
): Promise<PreparedDatabase> {
  const embedded =
    config.database.kind === 'embedded' ? await startEmbeddedPostgres({ dataDir: config.dataDir, log }) : undefined;
  const url = config.database.kind === 'url' ? config.database.url : (embedded?.url ?? '');
  const needed = connectionsNeeded(config.database.poolMax, config.redisUrl === undefined);
  try {
    await waitForDatabase(url, needed, (error, waitMs) =>
      log.warn({ event: 'database.awaited', error: error.message, waitMs }, 'waiting for the database'),
    );
    const pools = new Pools(url, config.database.poolMax, (error) =>
      log.warn({ event: 'database.connection_lost', error: error.message }, 'database connection lost'),
    );
    if (config.migrate === 'start') {
      const ran = await migrate(url, config.redisUrl === undefined, applicationMigrations);
      if (ran.length > 0) log.info({ event: 'database.migrated', migrations: ran }, 'database migrated');
    } else {
      await waitForMigrations(pools, log);
    }
    const close = async (): Promise<void> => {
      try {
        await endWithin(pools, END_POOLS_WITHIN_MS);
      } finally {
        await embedded?.stop();
      }
    };
    let stopping: Promise<void> | undefined;
    return { url, pools, stop: () => (stopping ??= close()) };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

async function endWithin(pools: Pools, ms: number): Promise<void> {
  const ended = pools.end();
  ended.catch(() => undefined);
  await Promise.race([ended, sleep(ms, undefined, { ref: false })]);
}

/** With HOOKYARD_MIGRATE=never somebody else migrates; until then there is nothing to work with. */
async function waitForMigrations(pools: Pools, log: Log): Promise<void> {
  for (;;) {
    const pending = await pendingMigrations(pools.work);
    if (pending.length === 0) return;
    log.warn({ event: 'database.unmigrated', pending }, 'waiting for `hookyard migrate`');
    await sleep(ASK_AGAIN_MS);
  }
}
