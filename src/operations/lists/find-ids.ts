import { ALLOW_BITMAPS, type RunSql } from '../api-database.js';
import type { Position } from '../page.js';
import { LOOK_AT_MOST, type IdBounds, type ListSpec, type Lookup } from './list-spec.js';
import {
  lookupStatement,
  sortedLookupStatement,
  walkedStatement,
  walkStatement,
  type Order,
} from './list-statements.js';
import type { IdRange } from './time-range.js';

/** Rows that are read in the hope that they fill the page, before a copy is searched. */
const GLANCE = 2_000;

export interface Total {
  readonly total: number;
  readonly totalIsExact: boolean;
}

/** The ids of a page, and of one row more where there is one. */
export interface Found {
  readonly ids: string[];
  /** Missing where nothing has been counted. */
  readonly total?: Total;
}

/** Where a page begins, which way it goes, how long it is. */
interface Place {
  readonly bounds: IdBounds;
  readonly order: Order;
  readonly limit: number;
}

/**
 * Finds a page by the first of these that can: an index on the tables themselves; the first rows, when what is asked for is common; an
 * index on a copy, with what those rows had and the copy may not have yet; the first 10,000 rows. Each reads at most 10,000 rows or
 * entries of an index. `undefined` when none can.
 */
export async function findIds(
  run: RunSql,
  spec: ListSpec,
  { limit, sort }: { readonly limit: number; readonly sort: 'newest' | 'oldest' },
  position: Position | undefined,
): Promise<Found | undefined> {
  const place: Place = {
    bounds: boundsAt(spec.range, sort, position),
    order: (sort === 'newest') === (position?.direction !== 'before') ? 'DESC' : 'ASC',
    limit,
  };
  const lookups = spec.lookups ?? [];
  for (const lookup of lookups.filter(({ isLive }) => isLive)) {
    const found = await lookUp(run, spec, lookup, place);
    if (found) return found;
  }
  const copies = lookups.filter(({ isLive }) => !isLive);
  if (copies.length > 0) {
    const glance = await walk(run, spec, place, spec.glance ?? GLANCE);
    if (glance.isWhole) return glance;
    for (const lookup of copies) {
      const found = await lookUp(run, spec, lookup, place);
      if (found) return withFresh(found, glance.ids, place);
    }
  }
  const walked = await walk(run, spec, place, LOOK_AT_MOST);
  return walked.isWhole ? walked : undefined;
}

/** The part of the range that a page can come from. */
function boundsAt({ fromId, toId }: IdRange, sort: 'newest' | 'oldest', position: Position | undefined): IdBounds {
  const below = position && (sort === 'newest') === (position.direction === 'after');
  return { fromId, toId, below: below ? position.id : undefined, above: position && !below ? position.id : undefined };
}

/** Reads rows in order. `isWhole`: they filled the page, or there are no more. */
async function walk(
  run: RunSql,
  spec: ListSpec,
  { bounds, order, limit }: Place,
  atMost: number,
): Promise<Found & { readonly isWhole: boolean }> {
  const { sql, values } = walkStatement(spec, bounds, order, limit + 1, atMost);
  const ids = (await run<{ id: string }>(sql, values)).map(({ id }) => id);
  if (ids.length > limit || spec.filters.length + spec.range.exact.length === 0) return { ids, isWhole: true };
  const seen = walkedStatement(spec, bounds, atMost);
  const [walked] = await run<{ count: number }>(seen.sql, seen.values);
  return { ids, isWhole: (walked?.count ?? 0) <= atMost };
}

async function lookUp(run: RunSql, spec: ListSpec, lookup: Lookup, place: Place): Promise<Found | undefined> {
  const { bounds, order, limit } = place;
  if (lookup.isBitmap) await run(ALLOW_BITMAPS);
  const few = lookupStatement(spec, lookup, bounds, order, limit + 1);
  const [all] = await run<{ looked: number; matching: number; ids: string[] }>(few.sql, few.values);
  if (!all) return undefined;
  if (all.looked <= LOOK_AT_MOST) return { ids: all.ids, total: { total: all.matching, totalIsExact: true } };
  if (!lookup.isSorted) return undefined;
  const many = sortedLookupStatement(spec, lookup, bounds, order, limit + 1);
  const [first] = await run<{ looked: number; ids: string[] }>(many.sql, many.values);
  if (!first || (first.ids.length <= limit && first.looked > LOOK_AT_MOST)) return undefined;
  return { ids: first.ids, total: { total: Math.min(first.ids.length, limit), totalIsExact: false } };
}

/** A copy is a little behind: what the first rows had is added. */
function withFresh({ ids, total }: Found, walked: readonly string[], { order, limit }: Place): Found {
  const known = new Set(ids);
  const fresh = walked.filter((id) => !known.has(id));
  if (fresh.length === 0 || !total) return { ids, ...(total ? { total } : {}) };
  const all = [...ids, ...fresh].toSorted();
  return {
    ids: (order === 'ASC' ? all : all.reverse()).slice(0, limit + 1),
    total: { ...total, total: total.total + fresh.length },
  };
}
