import type { Pool } from 'pg';

/**
 * Where in a database a text can be read, in any table of any schema: as text or inside `bytea`. Gives `schema.table` once for
 * each row that holds it.
 */
export async function tablesHolding(pool: Pool, text: string): Promise<string[]> {
  const tables = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  const found: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await pool.query(
      `SELECT 1 FROM ${name} AS t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0`,
      [text, Buffer.from(text).toString('hex')],
    );
    found.push(...rows.map(() => name));
  }
  return found;
}
