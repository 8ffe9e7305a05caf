import type { Pool } from 'pg';

/** Names this database among others that may share a Redis with it; made with the schema and never changed. */
export async function installationId(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>('SELECT installation_id AS id FROM hookyard.configuration');
  return (rows[0] as { id: string }).id;
}
