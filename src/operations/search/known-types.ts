import type { RunSql } from '../api-database.js';
import { likePattern } from '../lists/condition.js';
import { timeOf } from './search-partitions.js';

/** With more types than these a list cannot be quick by asking for each. */
const MOST_MATCHING = 200;
/** Some sender makes up types without end then; they are not looked through for every list. */
const MOST_KNOWN = 10_000;

/**
 * The types that a pattern with `*` stands for, of all that events in the search table have; `undefined` when there are too many.
 * `unparsed` must be named.
 */
export async function typesMatching(run: RunSql, pattern: string): Promise<string[] | undefined> {
  const [found] = await run<{ known: number; types: string[] }>(
    `WITH known AS MATERIALIZED (SELECT type FROM hookyard.event_type LIMIT ${MOST_KNOWN + 1})
     SELECT (SELECT count(*)::int FROM known) AS known,
       ARRAY(SELECT type FROM known WHERE type LIKE $1 AND type <> 'unparsed' ORDER BY type LIMIT ${MOST_MATCHING + 1}) AS types`,
    [likePattern(pattern)],
  );
  if (!found || found.known > MOST_KNOWN || found.types.length > MOST_MATCHING) return undefined;
  return found.types;
}

/** Notes the types of events that go into the search table, each with the last day that has it. */
export async function noteTypes(
  run: RunSql,
  events: readonly { readonly id: string; readonly type: string }[],
): Promise<void> {
  const days = new Map<string, string>();
  for (const { id, type } of events) {
    const day = new Date(timeOf(id)).toISOString().slice(0, 10);
    if (day > (days.get(type) ?? '')) days.set(type, day);
  }
  // In one order, so that two writers never wait for each other.
  const types = [...days.keys()].toSorted();
  await run(
    `INSERT INTO hookyard.event_type AS known (type, last_day) SELECT * FROM unnest($1::text[], $2::date[])
     ON CONFLICT (type) DO UPDATE SET last_day = excluded.last_day WHERE known.last_day < excluded.last_day`,
    [types, types.map((type) => days.get(type))],
  );
}
