import { equals, whereAll, type Condition, type Param } from '../lists/condition.js';
import type { ResolvedEventFilters } from '../lists/event-filters.js';
import { idConditions, type Lookup } from '../lists/list-spec.js';

/**
 * Events that may match, by each index of the search table that serves one of these filters, the rarest first. With a filter on bodies
 * one lookup for all filters: then the index on documents is read beside another, which no bound on rows could do.
 * `bodyIs`: the filter that this answers.
 */
export function eventLookups(
  filters: ResolvedEventFilters,
  body: string | undefined,
  bodyIs: Condition | undefined,
): Lookup[] {
  const { subject, tenant, sourceIds } = filters;
  const ofTypes = typesAre(filters);
  const ofSources: Condition[] =
    sourceIds === undefined ? [] : [(param) => `s.source_id = ANY(${param(sourceIds)}::int[])`];
  const single = sourceIds?.length === 1 ? equals('s.source_id', sourceIds[0]) : [];
  if (body !== undefined) {
    const all = [
      ...equals('s.subject', subject),
      ...equals('s.tenant', tenant),
      ...(ofTypes?.conditions ?? []),
      ...ofSources,
    ];
    return [lookup([...all, (param) => `s.document @> ${param(body)}::jsonb`], { isBitmap: true, answers: bodyIs })];
  }
  return [
    ...equals('s.subject', subject).map((condition) => lookup([condition], { isSorted: true })),
    ...equals('s.tenant', tenant).map((condition) => lookup([condition], { isSorted: true })),
    ...(ofTypes ? [lookup(ofTypes.conditions, { isSorted: ofTypes.isOne })] : []),
    ...(single.length > 0
      ? [lookup(single, { isSorted: true })]
      : ofSources.map((condition) => lookup([condition], {}))),
  ];
}

/** Deliveries to some destinations. */
export function deliveryLookup(destinationIds: readonly number[]): Lookup {
  const one = destinationIds.length === 1;
  const condition: Condition = one
    ? (param) => `s.destination_id = ${param(destinationIds[0])}::int`
    : (param) => `s.destination_id = ANY(${param(destinationIds)}::int[])`;
  return {
    rows: (param, ids) =>
      `SELECT s.id FROM hookyard.delivery_search s ${whereAll([condition, ...idConditions('s', ids)], param)}`,
    isSorted: one,
  };
}

/** What an index on types can be asked. A wildcard is asked as the types that it stands for; else by how it begins. */
function typesAre({ type, types }: ResolvedEventFilters): { conditions: Condition[]; isOne: boolean } | undefined {
  if (type === undefined) return undefined;
  if (!type.includes('*')) return { conditions: equals('s.type', type), isOne: true };
  if (types?.length === 1) return { conditions: equals('s.type', types[0]), isOne: true };
  if (types) return { conditions: [(param) => `s.type = ANY(${param(types)}::text[])`], isOne: false };
  const begin = type.slice(0, type.indexOf('*')).replaceAll(/[\\%_]/g, '\\$&');
  return begin === '' ? undefined : { conditions: [(param) => `s.type LIKE ${param(`${begin}%`)}`], isOne: false };
}

function lookup(conditions: readonly Condition[], more: Omit<Lookup, 'rows'>): Lookup {
  return {
    rows: (param: Param, ids) =>
      `SELECT s.id FROM hookyard.event_search s ${whereAll([...conditions, ...idConditions('s', ids)], param)}`,
    ...more,
  };
}
