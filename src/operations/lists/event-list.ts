import type { RunSql } from '../api-database.js';
import { eventCandidates } from '../search/search-candidates.js';
import { bodyContains, byExternalId, eventConditions, resolveSources, type EventFilters } from './event-filters.js';
import type { ListSpec } from './read-list.js';
import { idRange, type TimeRange } from './time-range.js';

/** The list of events that a query asks for. */
export async function eventList(
  run: RunSql,
  query: EventFilters & TimeRange & { readonly body?: string | undefined },
): Promise<ListSpec> {
  const filters = await resolveSources(run, query);
  const candidates = byExternalId(filters) ?? eventCandidates(filters, query.body);
  return {
    table: 'hookyard.event',
    driver: [],
    filters: [...eventConditions('t', filters), ...bodyContains('t.id', query.body)],
    range: idRange('received_at', query, query.externalId === undefined),
    candidates,
    candidatesFirst: query.externalId !== undefined || query.body !== undefined,
  };
}
