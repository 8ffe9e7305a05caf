import { z } from 'zod';
import { sqlState } from '../../database/sql-errors.js';
import { HttpError } from '../../errors.js';
import { TOO_SLOW, type ApiDatabase, type RunSql } from '../api-database.js';
import { pageCursors, type Page, type Position } from '../page.js';
import { statement, whereAll, type Condition, type Param, type Statement } from './condition.js';
import type { IdRange } from './time-range.js';

/** How many rows a list looks at before it gives up, and how far an exact total is counted. */
const LOOK_AT_MOST = 10_000;
const ANSWER_WITHIN_MS = 2_000;
const COUNT_WITHIN_MS = 20;

/** A list of a table that is sorted by its time-sortable `id`. */
export interface ListSpec {
  readonly table: string;
  /** Conditions that an index serves in the order of `id`: they narrow what is looked at. On the alias `w`. */
  readonly driver: readonly Condition[];
  /** What else must hold. On the alias `t`. */
  readonly filters: readonly Condition[];
  readonly range: IdRange;
  /** `SELECT id …` of all rows that may match within a range of ids, through an index, unsorted; where there is such an index. */
  readonly candidates?: ((param: Param, ids: IdBounds) => string) | undefined;
  /** The candidates are few for sure: they are looked at first. */
  readonly candidatesFirst?: boolean;
}

/** From an id (included) to an id (excluded), where given. */
export interface IdBounds {
  readonly fromId: string | undefined;
  readonly toId: string | undefined;
}

/** By time. */
export const sortQuery = z.enum(['newest', 'oldest']).default('newest');

export interface ListQuery {
  readonly limit: number;
  readonly sort: 'newest' | 'oldest';
}

/**
 * The ids of one page, and the page. Never reads more than 10,000 rows: it walks from where the page begins; if that many rows do
 * not fill it, it asks the index that `candidates` names; if that holds more than 10,000 too, nothing would be quick.
 * @throws HttpError `FILTER_TOO_BROAD` (422) then.
 */
export async function readList(
  database: ApiDatabase,
  spec: ListSpec,
  query: ListQuery,
  position: Position | undefined,
): Promise<{ readonly ids: string[]; readonly page: Page }> {
  const found = await database
    .readWithin(ANSWER_WITHIN_MS, (run) => findIds(run, spec, query, position))
    .catch((error: unknown) => {
      // Class 22, data exception: a value that passed our checks is none to Postgres (a number past all bounds).
      if (!sqlState(error)?.startsWith('22')) throw error;
      throw new HttpError('INVALID_REQUEST', 400, 'query: a filter holds a value that cannot be compared');
    });
  if (found === TOO_SLOW || found === undefined) throw tooBroad();
  const backwards = position?.direction === 'before';
  const more = found.ids.length > query.limit;
  const page = found.ids.slice(0, query.limit);
  const ids = backwards ? page.reverse() : page;
  const total =
    position === undefined && !more
      ? { total: ids.length, totalIsExact: true }
      : await countMatches(database, spec, found.way, ids.length);
  return { ids, page: { ...pageCursors(ids, position, more), ...total } };
}

/** How a page was found; it is counted the same way. */
export type Way = 'walk' | 'candidates';

interface Found {
  readonly ids: string[];
  readonly way: Way;
}

async function findIds(
  run: RunSql,
  spec: ListSpec,
  { limit, sort }: ListQuery,
  position: Position | undefined,
): Promise<Found | undefined> {
  const bounds = boundsAt(spec.range, sort, position);
  const order = (sort === 'newest') === (position?.direction !== 'before') ? 'DESC' : 'ASC';
  const walk = async (): Promise<Found | undefined> => {
    const { sql, values } = walkStatement(spec, bounds, order, limit + 1);
    const ids = (await run<{ id: string }>(sql, values)).map(({ id }) => id);
    if (ids.length > limit || spec.filters.length + spec.range.exact.length === 0) return { ids, way: 'walk' };
    const seen = walkedStatement(spec, bounds);
    const [walked] = await run<{ count: number }>(seen.sql, seen.values);
    return (walked?.count ?? 0) <= LOOK_AT_MOST ? { ids, way: 'walk' } : undefined;
  };
  const lookUp = async (): Promise<Found | undefined> => {
    if (!spec.candidates) return undefined;
    const { sql, values } = candidatesStatement(spec, bounds, order, limit + 1);
    const [row] = await run<{ count: number; ids: string[] }>(sql, values);
    return row && row.count <= LOOK_AT_MOST ? { ids: row.ids, way: 'candidates' } : undefined;
  };
  return spec.candidatesFirst ? ((await lookUp()) ?? walk()) : ((await walk()) ?? lookUp());
}

/** The part of the range that a page can come from. */
function boundsAt({ fromId, toId }: IdRange, sort: ListQuery['sort'], position: Position | undefined): BoundsAt {
  const below = position && (sort === 'newest') === (position.direction === 'after');
  return { fromId, toId, below: below ? position.id : undefined, above: position && !below ? position.id : undefined };
}

interface BoundsAt extends IdBounds {
  /** Neither included. */
  readonly below: string | undefined;
  readonly above: string | undefined;
}

const START: BoundsAt = { fromId: undefined, toId: undefined, below: undefined, above: undefined };

function idConditions(alias: string, { fromId, toId, below, above }: BoundsAt): Condition[] {
  return [
    ...(fromId === undefined ? [] : [(param: Param) => `${alias}.id >= ${param(fromId)}::uuid`]),
    ...(toId === undefined ? [] : [(param: Param) => `${alias}.id < ${param(toId)}::uuid`]),
    ...(below === undefined ? [] : [(param: Param) => `${alias}.id < ${param(below)}::uuid`]),
    ...(above === undefined ? [] : [(param: Param) => `${alias}.id > ${param(above)}::uuid`]),
  ];
}

/** The rows that match among the first 10,000, in the order of the page. */
export function walkStatement(spec: ListSpec, bounds: BoundsAt, order: 'ASC' | 'DESC', take: number): Statement {
  return statement(
    (param) => `SELECT t.id FROM (
      SELECT * FROM ${spec.table} w ${whereAll([...spec.driver, ...idConditions('w', bounds)], param)}
      ORDER BY w.id ${order} LIMIT ${LOOK_AT_MOST}) t
    ${whereAll([...spec.filters, ...spec.range.exact], param)} ORDER BY t.id ${order} LIMIT ${take}`,
  );
}

function walkedStatement(spec: ListSpec, bounds: BoundsAt): Statement {
  return statement(
    (param) => `SELECT count(*)::int AS count FROM (
      SELECT 1 FROM ${spec.table} w ${whereAll([...spec.driver, ...idConditions('w', bounds)], param)}
      ORDER BY w.id LIMIT ${LOOK_AT_MOST + 1}) walked`,
  );
}

/** The rows that match among the candidates, with the number of candidates. */
export function candidatesStatement(spec: ListSpec, bounds: BoundsAt, order: 'ASC' | 'DESC', take: number): Statement {
  return statement(
    (param) => `WITH c AS MATERIALIZED (${spec.candidates?.(param, bounds)} LIMIT ${LOOK_AT_MOST + 1})
    SELECT (SELECT count(*)::int FROM c) AS count, ARRAY(
      SELECT t.id FROM c JOIN ${spec.table} t ON t.id = c.id
      ${whereAll([...onT(spec.driver), ...spec.filters, ...spec.range.exact, ...idConditions('t', bounds)], param)}
      ORDER BY t.id ${order} LIMIT ${take}) AS ids`,
  );
}

function onT(conditions: readonly Condition[]): Condition[] {
  return conditions.map((condition) => (param) => condition(param).replaceAll('w.', 't.'));
}

/** Counting is a courtesy: it stops at 10,000 rows or 20 ms, and then says so. */
async function countMatches(
  database: ApiDatabase,
  spec: ListSpec,
  way: Way,
  atLeast: number,
): Promise<{ total: number; totalIsExact: boolean }> {
  const { sql, values } = countStatement(spec, way);
  const counted = await database.readWithin(COUNT_WITHIN_MS, (run) =>
    run<{ looked: number; matching: number }>(sql, values),
  );
  if (counted === TOO_SLOW || !counted[0]) return { total: atLeast, totalIsExact: false };
  const { looked, matching } = counted[0];
  return { total: Math.max(Math.min(matching, LOOK_AT_MOST), atLeast), totalIsExact: looked <= LOOK_AT_MOST };
}

/** How many of the first 10,001 rows match, and how many there were. */
export function countStatement(spec: ListSpec, way: Way): Statement {
  const bounds = { ...START, fromId: spec.range.fromId, toId: spec.range.toId };
  return statement((param) => {
    const looked =
      way === 'candidates' && spec.candidates
        ? `SELECT t.* FROM (${spec.candidates(param, bounds)} LIMIT ${LOOK_AT_MOST + 1}) c JOIN ${spec.table} t ON t.id = c.id`
        : `SELECT * FROM ${spec.table} w ${whereAll([...spec.driver, ...idConditions('w', bounds)], param)}
         ORDER BY w.id LIMIT ${LOOK_AT_MOST + 1}`;
    const matches = [
      ...(way === 'candidates' ? onT(spec.driver) : []),
      ...spec.filters,
      ...spec.range.exact,
      ...(way === 'candidates' ? idConditions('t', bounds) : []),
    ];
    const filter = matches.length === 0 ? '' : `FILTER (${whereAll(matches, param)})`;
    return `SELECT count(*)::int AS looked, (count(*) ${filter})::int AS matching FROM (${looked}) t`;
  });
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
