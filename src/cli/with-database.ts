import { Pool } from 'pg';
import { connectionOptions } from '../database/pools.js';
import { SecretBox } from '../database/secret-box.js';
import { databaseUrl, encryptionKeys } from './command-database.js';

/**
 * Runs a command's work on the database of DATABASE_URL, or the embedded one, with what opens its secrets.
 * @throws StartupError when there is neither, or no key.
 */
export async function withDatabase<T>(
  purpose: string,
  work: (database: { readonly pool: Pool; readonly box: SecretBox }) => Promise<T>,
): Promise<T> {
  const url = await databaseUrl();
  const box = new SecretBox(encryptionKeys());
  const pool = new Pool({ ...connectionOptions(url, purpose), max: 1 });
  try {
    return await work({ pool, box });
  } finally {
    await pool.end();
  }
}
