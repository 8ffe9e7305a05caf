import { z } from 'zod';
import type { RunSql } from '../api-database.js';
import { searchText } from '../page.js';
import { equals, typeIs, type Condition } from './condition.js';

const MOST_BODY_FILTER = 4_096;

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

/** Event filters with the names of sources looked up. */
export interface ResolvedEventFilters extends EventFilters {
  /** The sources asked for; `undefined`: any. */
  readonly sourceIds: readonly number[] | undefined;
}

/** Looks up which sources `source` and `sourceType` mean, deleted ones included: their events are still there. */
export async function resolveSources(run: RunSql, filters: EventFilters): Promise<ResolvedEventFilters> {
  const { source, sourceType } = filters;
  if (source === undefined && sourceType === undefined) return { ...filters, sourceIds: undefined };
  const rows = await run<{ id: number }>(
    `SELECT id FROM hookyard.source WHERE ($1::text IS NULL OR slug = $1) AND ($2::text IS NULL OR type = $2)`,
    [source ?? null, sourceType ?? null],
  );
  return { ...filters, sourceIds: rows.map(({ id }) => id) };
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
    (param) =>
      `EXISTS (SELECT 1 FROM hookyard.event_search b WHERE b.id = ${idColumn} AND b.document @> ${param(body)}::jsonb)`,
  ];
}

/** The events with an external id, through the unique key, which is led by the source. */
export function byExternalId(filters: ResolvedEventFilters): ((param: (v: unknown) => string) => string) | undefined {
  const { externalId, sourceIds } = filters;
  if (externalId === undefined) return undefined;
  return (param) =>
    `SELECT e.id FROM hookyard.source s JOIN hookyard.event e ON e.source_id = s.id AND e.external_id = ${param(externalId)}
     ${sourceIds === undefined ? '' : `WHERE s.id = ANY(${param(sourceIds)}::int[])`}`;
}
