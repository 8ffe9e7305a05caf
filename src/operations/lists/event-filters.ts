import { z } from 'zod';
import type { RunSql } from '../api-database.js';
import { searchText } from '../page.js';
import { typesMatching } from '../search/known-types.js';
import { equals, typeIs, type Condition } from './condition.js';
import type { Lookup } from './list-spec.js';

const MOST_BODY_FILTER = 4_096;
/** Bodies are read for it, which takes longer than to look at a row: so many only before their index is asked. */
export const BODY_GLANCE = 200;

/** Filters on what came in; lists of events and of deliveries take them alike. */
export const eventFilterQuery = {
  source: searchText(64),
  sourceType: searchText(64),
  type: searchText(256),
  subject: searchText(512),
  tenant: searchText(512),
  externalId: searchText(512),
};

/** `body={"data":{"object":{"status":"open"}}}`: events whose body contains this JSON object, as PostgreSQL's `@>` has it. */
export const bodyFilter = z
  .string()
  .max(MOST_BODY_FILTER)
  .transform((text, context) => {
    try {
      const value: unknown = JSON.parse(text);
      const isSearchable = JSON.stringify(value).isWellFormed() && !/\0|\\u(0000|d[89a-f])/i.test(text);
      if (isSearchable && typeof value === 'object' && value !== null && Object.keys(value).length > 0) return text;
    } catch {
      // Told below.
    }
    context.addIssue({
      code: 'custom',
      message: 'must be a JSON object or array with something in it, without NUL and escaped surrogates',
    });
    return z.NEVER;
  })
  .optional();

export type EventFilters = { readonly [K in keyof typeof eventFilterQuery]?: string | undefined };

/** Event filters with the names of sources and wildcards of types looked up. */
export interface ResolvedEventFilters extends EventFilters {
  /** The sources asked for; `undefined`: any. */
  readonly sourceIds: readonly number[] | undefined;
  /** What a `type` with `*` stands for; `undefined`: too many, or there is no `*`. */
  readonly types: readonly string[] | undefined;
}

/** Looks up what names and wildcards stand for. */
export async function resolveEventFilters(run: RunSql, filters: EventFilters): Promise<ResolvedEventFilters> {
  const { source, sourceType, type } = filters;
  const sourceIds =
    source === undefined && sourceType === undefined ? undefined : await findSources(run, source, sourceType);
  return { ...filters, sourceIds, types: type?.includes('*') ? await typesMatching(run, type) : undefined };
}

/** The sources with a slug or of a type, deleted ones included: what came by them is still there. */
export async function findSources(run: RunSql, slug: string | undefined, type?: string): Promise<number[]> {
  const rows = await run<{ id: number }>(
    `SELECT id FROM hookyard.source WHERE ($1::text IS NULL OR slug = $1) AND ($2::text IS NULL OR type = $2)`,
    [slug ?? null, type ?? null],
  );
  return rows.map(({ id }) => id);
}

/** What must hold of an event with the given alias. */
export function eventConditions(alias: string, filters: ResolvedEventFilters): Condition[] {
  const { sourceIds } = filters;
  return [
    ...(sourceIds === undefined
      ? []
      : [(param: (v: unknown) => string) => `${alias}.source_id = ANY(${param(sourceIds)}::int[])`]),
    ...typeIs(`${alias}.type`, filters.type),
    ...equals(`${alias}.subject`, filters.subject),
    ...equals(`${alias}.tenant`, filters.tenant),
    ...equals(`${alias}.external_id`, filters.externalId),
  ];
}

/** The event with this id has a body that contains a JSON value; only the search table knows. */
export function bodyContains(idColumn: string, body: string | undefined): Condition[] {
  if (body === undefined) return [];
  return [
    // Not EXISTS: that the planner may turn round, and compare each row with all that match.
    (param) =>
      `coalesce((SELECT b.document @> ${param(body)}::jsonb FROM hookyard.event_search b WHERE b.id = ${idColumn}), false)`,
  ];
}

/** The events with an external id, through the unique key, which is led by the source. */
export function byExternalId(filters: ResolvedEventFilters): Lookup['rows'] | undefined {
  const { externalId, sourceIds } = filters;
  if (externalId === undefined) return undefined;
  return (param) =>
    `SELECT e.id FROM hookyard.source s JOIN hookyard.event e ON e.source_id = s.id AND e.external_id = ${param(externalId)}
     ${sourceIds === undefined ? '' : `WHERE s.id = ANY(${param(sourceIds)}::int[])`}`;
}
