import type { Param } from '../lists/condition.js';
import { eventConditions, type ResolvedEventFilters } from '../lists/event-filters.js';
import { whereAll } from '../lists/condition.js';
import type { IdBounds } from '../lists/read-list.js';

/** Events that may match, from the search table; `undefined` when none of its indexes serves these filters. */
export function eventCandidates(
  filters: ResolvedEventFilters,
  body: string | undefined,
): ((param: Param, ids: IdBounds) => string) | undefined {
  const conditions = [
    ...eventConditions('s', filters),
    ...(body === undefined ? [] : [(param: Param) => `s.document @> ${param(body)}::jsonb`]),
  ];
  if (conditions.length === 0) return undefined;
  return (param, ids) =>
    `SELECT s.id FROM hookyard.event_search s ${whereAll([...conditions, ...within('s', ids)], param)}`;
}

/** Deliveries to some destinations, from the search table. */
export function deliveryCandidates(destinationIds: readonly number[]): (param: Param, ids: IdBounds) => string {
  return (param, ids) =>
    `SELECT s.id FROM hookyard.delivery_search s
     ${whereAll([() => `s.destination_id = ANY(${param(destinationIds)}::int[])`, ...within('s', ids)], param)}`;
}

function within(alias: string, { fromId, toId }: IdBounds): ((param: Param) => string)[] {
  return [
    ...(fromId === undefined ? [] : [(param: Param) => `${alias}.id >= ${param(fromId)}::uuid`]),
    ...(toId === undefined ? [] : [(param: Param) => `${alias}.id < ${param(toId)}::uuid`]),
  ];
}
