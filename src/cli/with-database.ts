import { Pool } from 'pg';
import { connectionOptions } from '../database/pools.js';
import { SecretBox } from '../database/secret-box.js';
import { databaseUrl, encryptionKeys } from './database-url.js';

/**
 * Runs a command's work on the database of DATABASE_URL, with what opens its secrets.
 * @throws StartupError when either variable is missing or refused.
 */
export async function withDatabase<T>(
  purpose: string,
  work: (database: { readonly pool: Pool; readonly box: SecretBox }) => Promise<T>,
): Promise<T> {
  const url = databaseUrl(
    'DATABASE_URL: is missing. For the embedded database take host, port and password from .hookyard/postgres/connection.json',
  );
  const box = new SecretBox(encryptionKeys('HOOKYARD_ENCRYPTION_KEY: is missing; it is the one that the routers have'));
  const pool = new Pool({ ...connectionOptions(url, purpose), max: 1 });
  try {
    return await work({ pool, box });
  } finally {
    await pool.end();
  }
}
