import { z } from 'zod';
import { sqlState } from '../../database/sql-errors.js';
import { HttpError } from '../../errors.js';
import { TOO_SLOW, type ApiDatabase } from '../api-database.js';
import { pageCursors, type Page, type Position } from '../page.js';
import { findIds, type Total } from './find-ids.js';
import { LOOK_AT_MOST, type ListSpec } from './list-spec.js';
import { countStatement } from './list-statements.js';

const ANSWER_WITHIN_MS = 2_000;
const COUNT_WITHIN_MS = 20;

/** By time. */
export const sortQuery = z.enum(['newest', 'oldest']).default('newest');

export interface ListQuery {
  readonly limit: number;
  /** Default: the newest first. */
  readonly sort?: 'newest' | 'oldest';
}

/**
 * The ids of one page, and the page. Bounded whatever is asked for: see `findIds`.
 * @throws HttpError `FILTER_TOO_BROAD` (422) when no index serves the filters and ten thousand rows do not fill the page.
 */
export async function readList(
  database: ApiDatabase,
  spec: ListSpec,
  { limit, sort = 'newest' }: ListQuery,
  position: Position | undefined,
): Promise<{ readonly ids: string[]; readonly page: Page }> {
  const found = await database
    .readWithin(ANSWER_WITHIN_MS, (run) => findIds(run, spec, { limit, sort }, position))
    .catch((error: unknown) => {
      // Class 22, data exception: a value that passed our checks is none to Postgres (a number past all bounds).
      if (!sqlState(error)?.startsWith('22')) throw error;
      throw new HttpError('INVALID_REQUEST', 400, 'query: a filter holds a value that cannot be compared');
    });
  if (found === TOO_SLOW || found === undefined) throw tooBroad();
  const backwards = position?.direction === 'before';
  const more = found.ids.length > limit;
  const page = found.ids.slice(0, limit);
  const ids = backwards ? page.reverse() : page;
  const total =
    position === undefined && !more
      ? { total: ids.length, totalIsExact: true }
      : (found.total ?? (await countMatches(database, spec, ids.length)));
  return { ids, page: { ...pageCursors(ids, position, more), ...total } };
}

/** Counting is a courtesy: it stops at 10,000 rows or 20 ms, and then says so. */
async function countMatches(database: ApiDatabase, spec: ListSpec, atLeast: number): Promise<Total> {
  const { sql, values } = countStatement(spec);
  const counted = await database.readWithin(COUNT_WITHIN_MS, (run) =>
    run<{ looked: number; matching: number }>(sql, values),
  );
  if (counted === TOO_SLOW || !counted[0]) return { total: atLeast, totalIsExact: false };
  const { looked, matching } = counted[0];
  return { total: Math.max(Math.min(matching, LOOK_AT_MOST), atLeast), totalIsExact: looked <= LOOK_AT_MOST };
}

function tooBroad(): HttpError {
  return new HttpError(
    'FILTER_TOO_BROAD',
    422,
    'No index serves these filters over so many rows. Narrow from and to, or filter by something rarer as well.',
  );
}

/** Rows in the order of their ids; what went missing meanwhile is left out. */
export function inOrder<Row extends { readonly id: string }>(ids: readonly string[], rows: readonly Row[]): Row[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
