import { z } from 'zod';
import type { RunSql } from '../api-database.js';
import { eventCandidates } from '../search/search-candidates.js';
import type { Condition } from './condition.js';
import { bodyContains, byExternalId, eventConditions, resolveSources, type EventFilters } from './event-filters.js';
import type { ListSpec } from './read-list.js';
import { idRange, type TimeRange } from './time-range.js';

const yesOrNo = z.enum(['true', 'false']).optional();

/** What is out of the ordinary with an event: it may be a replay; nobody proved who sent it (shadow mode). */
export const suspicionQuery = { suspectedReplay: yesOrNo, verified: yesOrNo };

type Suspicion = { readonly [K in keyof typeof suspicionQuery]?: z.output<typeof yesOrNo> };

/** The list of events that a query asks for. */
export async function eventList(
  run: RunSql,
  query: EventFilters & TimeRange & Suspicion & { readonly body?: string | undefined },
): Promise<ListSpec> {
  const filters = await resolveSources(run, query);
  const { suspectedReplay, verified } = query;
  const candidates = byExternalId(filters) ?? eventCandidates(filters, query.body);
  return {
    table: 'hookyard.event',
    // Suspects have an index of their own, in the order of ids.
    driver: suspectedReplay === 'true' ? present('w.suspected_replay_of', true) : [],
    filters: [
      ...eventConditions('t', filters),
      ...present('t.suspected_replay_of', suspectedReplay && suspectedReplay === 'true'),
      ...present('t.refusal', verified && verified === 'false'),
      ...bodyContains('t.id', query.body),
    ],
    range: idRange('received_at', query, query.externalId === undefined),
    candidates,
    candidatesFirst: query.externalId !== undefined || query.body !== undefined,
  };
}

function present(column: string, isPresent: boolean | '' | undefined): Condition[] {
  return typeof isPresent === 'boolean' ? [() => `${column} IS ${isPresent ? 'NOT ' : ''}NULL`] : [];
}
