import { z } from 'zod';
import { HttpError } from '../errors.js';

/** How far an exact total is counted; beyond it a list would read more rows than it shows. */
const COUNT_UP_TO = 10_000;

/** A text to look for. Postgres holds none with NUL and fails on one in a parameter. */
export function searchText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .regex(/^[^\0]*$/, 'holds a NUL character')
    .optional();
}

/** The parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
};

export interface Page {
  readonly next: string | null;
  readonly prev: string | null;
  readonly total: number;
  readonly totalIsExact: boolean;
  /** With a filter on bodies: how old the oldest event is that it cannot find yet. */
  readonly searchLagMs?: number;
}

/** Where a page begins: rows after (older than) or before (newer than) an id. */
export interface Position {
  readonly direction: 'after' | 'before';
  readonly id: string;
}

const CURSOR = /^(a|b)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** Reads a cursor that `pageOf` made. @throws HttpError `INVALID_CURSOR` for any other text. */
export function readCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const parts = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!parts) throw new HttpError('INVALID_CURSOR', 400, 'The cursor is not one that this list gave out.');
  return { direction: parts[1] === 'a' ? 'after' : 'before', id: parts[2] as string };
}

/** SQL that runs a statement; gives back rows. */
export type RunSql = <Row>(sql: string, values: readonly unknown[]) => Promise<Row[]>;

/**
 * One page of a list, newest first, by keyset on the time-sortable id: stable while rows are added, and as cheap on page
 * 1,000 as on page 1. `from`: a FROM clause with alias `t` for the listed table; `where`: conditions on it with `values`.
 */
export async function readPage<Row extends { id: string }>(
  run: RunSql,
  list: {
    readonly columns: string;
    readonly from: string;
    readonly where: readonly string[];
    readonly values: readonly unknown[];
  },
  limit: number,
  position: Position | undefined,
): Promise<{ rows: Row[]; page: Page }> {
  const backwards = position?.direction === 'before';
  const values = [...list.values];
  const where = [...list.where];
  if (position) {
    values.push(position.id);
    where.push(`t.id ${backwards ? '>' : '<'} $${values.length}`);
  }
  const found = await run<Row>(
    `SELECT ${list.columns} FROM ${list.from} ${clause(where)} ORDER BY t.id ${backwards ? 'ASC' : 'DESC'} LIMIT ${limit + 1}`,
    values,
  );
  const more = found.length > limit;
  const rows = backwards ? found.slice(0, limit).reverse() : found.slice(0, limit);
  const [{ count } = { count: 0 }] = await run<{ count: number }>(
    `SELECT count(*)::int AS count FROM (SELECT 1 FROM ${list.from} ${clause(list.where)} LIMIT ${COUNT_UP_TO + 1}) counted`,
    list.values,
  );
  return {
    rows,
    page: {
      ...pageCursors(
        rows.map(({ id }) => id),
        position,
        more,
      ),
      total: Math.min(count, COUNT_UP_TO),
      totalIsExact: count <= COUNT_UP_TO,
    },
  };
}

/**
 * Where the pages beside this one begin. `ids`: of this page, in the order shown; `more`: whether there are rows beyond it, in the
 * direction that was read.
 */
export function pageCursors(
  ids: readonly string[],
  position: Position | undefined,
  more: boolean,
): Pick<Page, 'next' | 'prev'> {
  const backwards = position?.direction === 'before';
  const [first, last] = [ids[0], ids.at(-1)];
  return {
    next: last !== undefined && (backwards || more) ? cursorAt('a', last) : null,
    prev: first !== undefined && (backwards ? more : position !== undefined) ? cursorAt('b', first) : null,
  };
}

function clause(where: readonly string[]): string {
  return where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
}

function cursorAt(direction: 'a' | 'b', id: string): string {
  return Buffer.from(direction + id, 'latin1').toString('base64url');
}
