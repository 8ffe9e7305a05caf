import { runMigrations as runQueueMigrations } from 'bullmq';
import { Client, type Pool } from 'pg';
import type { DataSource } from 'typeorm';
import {
  applicationMigrationSource,
  migrations,
  migrationSource,
  type ApplicationMigrations,
} from './migration-source.js';
import { connectionOptions } from './pools.js';

/** Any constant will do, as long as only this code uses it. */
const LOCK = 4_180_713_002n;

/**
 * Brings the schemas `hookyard` (ours) and `bullmq` (the queue's, when it runs on Postgres) up to date. Under a lock: of
 * several processes that start at once one migrates, the others wait and find nothing left to do. The application's own come last.
 * @returns the names of the migrations that ran.
 */
export async function migrate(
  url: string,
  queueOnPostgres: boolean,
  application: ApplicationMigrations = [],
): Promise<string[]> {
  return withMigrationLock(url, async (client) => {
    await client.query('CREATE SCHEMA IF NOT EXISTS hookyard');
    const ours = await runAll(migrationSource(url));
    // BullMQ's own check compares only its major version, so its steps run on every start.
    if (queueOnPostgres) await runQueueMigrations(client);
    const theirs = application.length > 0 ? await runAll(applicationMigrationSource(url, application)) : [];
    return [...ours, ...theirs];
  });
}

async function runAll(source: DataSource): Promise<string[]> {
  const dataSource = await source.initialize();
  try {
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    return ran.map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

/** Takes back the newest migration of ours. */
export async function revertLastMigration(url: string): Promise<void> {
  await withMigrationLock(url, async () => {
    const dataSource = await migrationSource(url).initialize();
    try {
      await dataSource.undoLastMigration({ transaction: 'each' });
    } finally {
      await dataSource.destroy();
    }
  });
}

/** The migrations that this build knows and the database has not had, oldest first. */
export async function pendingMigrations(pool: Pool): Promise<string[]> {
  const known = migrations.map(({ name }) => name);
  const made = await pool.query<{ made: boolean }>(`SELECT to_regclass('hookyard.migration') IS NOT NULL AS made`);
  if (!made.rows[0]?.made) return known;
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM hookyard.migration');
  const done = new Set(rows.map(({ name }) => name));
  return known.filter((name) => !done.has(name));
}

async function withMigrationLock<T>(url: string, run: (client: Client) => Promise<T>): Promise<T> {
  // Migrations may take as long as they need, and so may the wait for another process's.
  const client = new Client({ ...connectionOptions(url, 'migrate'), statement_timeout: 0, query_timeout: 0 });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    return await run(client);
  } finally {
    await client.end();
  }
}
