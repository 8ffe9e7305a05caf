import { statement, whereAll, type Condition, type Statement } from './condition.js';
import { idConditions, LOOK_AT_MOST, type IdBounds, type ListSpec, type Lookup } from './list-spec.js';

export type Order = 'ASC' | 'DESC';

/** The rows that match among the first `atMost`, in the order of the page. */
export function walkStatement(
  spec: ListSpec,
  bounds: IdBounds,
  order: Order,
  take: number,
  atMost = LOOK_AT_MOST,
): Statement {
  return statement(
    (param) => `SELECT t.id FROM (
      SELECT * FROM ${spec.table} w ${whereAll([...spec.driver, ...idConditions('w', bounds)], param)}
      ORDER BY w.id ${order} LIMIT ${atMost}) t
    ${whereAll([...spec.filters, ...spec.range.exact], param)} ORDER BY t.id ${order} LIMIT ${take}`,
  );
}

/** How many rows there are to walk: `count`, at most `atMost` and one. */
export function walkedStatement(spec: ListSpec, bounds: IdBounds, atMost: number): Statement {
  return statement(
    (param) => `SELECT count(*)::int AS count FROM (
      SELECT 1 FROM ${spec.table} w ${whereAll([...spec.driver, ...idConditions('w', bounds)], param)}
      ORDER BY w.id LIMIT ${atMost + 1}) walked`,
  );
}

/** How many of the first 10,001 rows match (`matching`), and how many there were (`looked`). */
export function countStatement(spec: ListSpec): Statement {
  const { fromId, toId, exact } = spec.range;
  return statement((param) => {
    const looked = `SELECT * FROM ${spec.table} w ${whereAll([...spec.driver, ...idConditions('w', { fromId, toId })], param)}
       ORDER BY w.id LIMIT ${LOOK_AT_MOST + 1}`;
    const matches = [...spec.filters, ...exact];
    const filter = matches.length === 0 ? '' : `FILTER (${whereAll(matches, param)})`;
    return `SELECT count(*)::int AS looked, (count(*) ${filter})::int AS matching FROM (${looked}) t`;
  });
}

/**
 * Of all rows that a lookup names: `looked`, how many there are; `matching`, how many hold the other filters too; `ids`, those of one page.
 * When there are more than 10,000 it says only that.
 */
export function lookupStatement(
  spec: ListSpec,
  lookup: Lookup,
  bounds: IdBounds,
  order: Order,
  take: number,
): Statement {
  const { fromId, toId } = spec.range;
  const page: IdBounds = { fromId: undefined, toId: undefined, below: bounds.below, above: bounds.above };
  return statement(
    (param) => `WITH named AS MATERIALIZED (${lookup.rows(param, { fromId, toId })} LIMIT ${LOOK_AT_MOST + 1}),
    counted AS MATERIALIZED (SELECT count(*)::int AS looked FROM named),
    matched AS MATERIALIZED (
      SELECT t.id FROM named ${rowOf(spec)}
      ${whereAll([() => `(SELECT looked FROM counted) <= ${LOOK_AT_MOST}`, ...matching(spec, lookup), ...idConditions('t', { fromId, toId })], param)})
    SELECT looked, (SELECT count(*)::int FROM matched) AS matching,
      ARRAY(SELECT m.id FROM matched m ${whereAll(idConditions('m', page), param)} ORDER BY m.id ${order} LIMIT ${take}) AS ids
    FROM counted`,
  );
}

/** The same of a sorted lookup with more rows: of the first 10,000 from where the page begins. */
export function sortedLookupStatement(
  spec: ListSpec,
  lookup: Lookup,
  bounds: IdBounds,
  order: Order,
  take: number,
): Statement {
  return statement(
    (
      param,
    ) => `WITH named AS MATERIALIZED (${lookup.rows(param, bounds)} ORDER BY id ${order} LIMIT ${LOOK_AT_MOST + 1})
    SELECT (SELECT count(*)::int FROM named) AS looked, ARRAY(
      SELECT t.id FROM named ${rowOf(spec)} ${whereAll(matching(spec, lookup), param)}
      ORDER BY named.id ${order} LIMIT ${take}) AS ids`,
  );
}

/** By its key, one by one: left the choice, the planner may compare all that are named with all that match a filter. */
function rowOf({ table }: ListSpec): string {
  return `CROSS JOIN LATERAL (SELECT * FROM ${table} r WHERE r.id = named.id OFFSET 0) t`;
}

/** What must hold of a row that a lookup names. */
function matching(spec: ListSpec, { answers }: Lookup): Condition[] {
  const driver = spec.driver.map(
    (condition): Condition =>
      (param) =>
        condition(param).replaceAll('w.', 't.'),
  );
  return [...driver, ...spec.filters.filter((filter) => filter !== answers), ...spec.range.exact];
}
