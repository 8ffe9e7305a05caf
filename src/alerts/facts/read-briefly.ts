import type { Pool, QueryConfig } from 'pg';

const WITHIN_MS = 5_000;

/** Reads rows, and gives up after five seconds: whoever watches must not be what holds a connection. */
export async function readBriefly<Row extends object>(
  pool: Pool,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const statement: QueryConfig & { query_timeout: number } = { text, values: [...values], query_timeout: WITHIN_MS };
  return (await pool.query<Row>(statement)).rows;
}
