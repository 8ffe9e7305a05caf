import { Pool } from 'pg';
import { migrate, pendingMigrations, revertLastMigration } from '../database/migrate.js';
import { migrations } from '../database/migration-source.js';
import { connectionOptions } from '../database/pools.js';
import { waitForDatabase } from '../database/wait-for-database.js';
import { databaseUrl } from './command-database.js';
import { confirm } from './confirm.js';
import { printJson } from './terminal.js';

/** The connection that holds the lock, and the one that migrates. */
const CONNECTIONS_NEEDED = 2;

/**
 * Migrates the database of DATABASE_URL, or takes the newest migration back; waits for the database as long as it takes. It
 * needs none of the router's other settings, so that a job can run it with this one secret; so the queue's tables are made
 * even where the queue will run on Redis, and stay empty there.
 * @throws StartupError when DATABASE_URL is missing or refused.
 */
export async function migrateDatabase({
  revert = false,
  yes,
  json = false,
}: {
  revert?: boolean;
  yes?: boolean;
  json?: boolean;
}): Promise<void> {
  const url = await databaseUrl();
  await waitForDatabase(url, CONNECTIONS_NEEDED, ({ message }, waitMs) =>
    console.error(`waiting for the database (${message}); next try in ${waitMs} ms`),
  );
  const changed = revert ? await takeBack(url, yes) : await migrate(url, true);
  if (json) return printJson(revert ? { takenBack: changed } : { migrated: changed });
  if (changed.length === 0) {
    console.log(revert ? 'There is nothing to take back.' : 'The database is up to date.');
  }
  for (const name of changed) console.log(`${revert ? 'taken back' : 'migrated'}: ${name}`);
}

/** Gives back what is to be done again now and was not before. */
async function takeBack(url: string, yes: boolean | undefined): Promise<string[]> {
  const pool = new Pool({ ...connectionOptions(url, 'migrate'), max: 1 });
  try {
    const before = new Set(await pendingMigrations(pool));
    if (before.size === migrations.length) return [];
    const newest = migrations.map(({ name }) => name).findLast((name) => !before.has(name));
    await confirm(`Take back ${newest}? What it stored is lost.`, yes);
    await revertLastMigration(url);
    return (await pendingMigrations(pool)).filter((name) => !before.has(name));
  } finally {
    await pool.end();
  }
}
