import { Pool } from 'pg';
import { pendingMigrations } from '../database/migrate.js';
import { migrations } from '../database/migration-source.js';
import { connectionOptions } from '../database/pools.js';
import { EXIT } from './command-failure.js';
import { databaseUrl } from './command-database.js';
import { printJson } from './terminal.js';

/**
 * Lists the migrations that the database of DATABASE_URL has not had. @returns the exit code: 1 when there are any.
 * @throws StartupError when DATABASE_URL is missing or refused.
 */
export async function migrationStatus({ json = false }: { json?: boolean }): Promise<number> {
  const url = await databaseUrl();
  const pool = new Pool({ ...connectionOptions(url, 'migrate'), max: 1 });
  try {
    const pending = await pendingMigrations(pool);
    if (json) printJson({ known: migrations.length, pending });
    else if (pending.length === 0) console.log('The database is up to date.');
    else for (const name of pending) console.log(`missing: ${name}`);
    return pending.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    await pool.end();
  }
}
