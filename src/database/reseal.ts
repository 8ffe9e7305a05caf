import type { Pool, PoolClient } from 'pg';
import type { SecretBox } from './secret-box.js';
import { inTransaction } from './transaction.js';

/** A column that holds what a `SecretBox` sealed; they are all called `…_sealed`. */
export interface SealedColumn {
  /** Schema and table, quoted for SQL. */
  readonly table: string;
  /** Quoted for SQL. */
  readonly column: string;
}

/** How many values of a column are sealed with which keys. */
export interface SealedCount extends SealedColumn {
  readonly newest: number;
  /** With another key of the box. */
  readonly older: number;
  /** With a key that the box does not hold. */
  readonly foreign: number;
}

/** Rows are locked while they are sealed anew; few at a time, so that nobody waits for long. */
const CHUNK_ROWS = 100;

/** Every column of ours that holds something sealed, also those of tables that came after this was written. */
export async function findSealedColumns(pool: Pool): Promise<SealedColumn[]> {
  const { rows } = await pool.query<SealedColumn>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS table, quote_ident(a.attname) AS column
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'hookyard' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT a.attisdropped
      AND a.atttypid = 'bytea'::regtype AND a.attname LIKE '%\\_sealed'
    ORDER BY 1, 2`);
  return rows;
}

/** Counts what a column's values are sealed with. */
export async function countSealed(pool: Pool, box: SecretBox, { table, column }: SealedColumn): Promise<SealedCount> {
  const [newest, ...older] = box.keyIds();
  const { rows } = await pool.query<{ newest: number; older: number; foreign: number }>(
    `SELECT count(*) FILTER (WHERE id = $1)::int AS newest, count(*) FILTER (WHERE id = ANY ($2))::int AS older,
       count(*) FILTER (WHERE id <> $1 AND id <> ALL ($2))::int AS foreign
     FROM (SELECT substring(${column} FROM 1 FOR 4) AS id FROM ${table} WHERE ${column} IS NOT NULL) sealed`,
    [newest, older],
  );
  return { table, column, ...(rows[0] as { newest: number; older: number; foreign: number }) };
}

/**
 * Seals up to a hundred values of a column anew with the newest key. Rows that somebody else works on are left for the next call.
 * @returns how many; 0 when there is nothing left but what is locked.
 * @throws when a value cannot be opened although its key is there: it was damaged.
 */
export function resealChunk(pool: Pool, box: SecretBox, { table, column }: SealedColumn): Promise<number> {
  return inTransaction(pool, async (client: PoolClient) => {
    const { rows } = await client.query<{ part: number; place: string; sealed: Buffer }>(
      `SELECT tableoid::int8::float8 AS part, ctid::text AS place, ${column} AS sealed FROM ${table}
       WHERE substring(${column} FROM 1 FOR 4) = ANY ($1) LIMIT ${CHUNK_ROWS} FOR UPDATE SKIP LOCKED`,
      [box.keyIds().slice(1)],
    );
    if (rows.length === 0) return 0;
    // The rows are locked, so they stay where they are until this commits.
    await client.query(
      `UPDATE ${table} t SET ${column} = i.sealed
       FROM unnest($1::float8[], $2::text[], $3::bytea[]) AS i(part, place, sealed)
       WHERE t.tableoid = i.part::int8::oid AND t.ctid = i.place::tid`,
      [
        rows.map(({ part }) => part),
        rows.map(({ place }) => place),
        rows.map(({ sealed }) => box.seal(box.open(sealed))),
      ],
    );
    return rows.length;
  });
}
