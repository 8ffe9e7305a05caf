import { z } from 'zod';
import type { RunSql } from '../api-database.js';
import { eventLookups } from '../search/search-lookups.js';
import type { Condition } from './condition.js';
import {
  BODY_GLANCE,
  bodyContains,
  byExternalId,
  eventConditions,
  resolveEventFilters,
  type EventFilters,
} from './event-filters.js';
import type { ListSpec } from './list-spec.js';
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
  const filters = await resolveEventFilters(run, query);
  const { suspectedReplay, verified } = query;
  const found = byExternalId(filters);
  const bodyIs = bodyContains('t.id', query.body);
  return {
    table: 'hookyard.event',
    // Suspects have an index of their own, in the order of ids, and so has what nobody verified.
    driver: [
      ...(suspectedReplay === 'true' ? present('w.suspected_replay_of', true) : []),
      ...(verified === 'false' ? present('w.refusal', true) : []),
    ],
    filters: [
      ...eventConditions('t', filters),
      ...(suspectedReplay === 'false' ? present('t.suspected_replay_of', false) : []),
      ...(verified === 'true' ? present('t.refusal', false) : []),
      ...bodyIs,
    ],
    range: idRange('received_at', query, query.externalId === undefined),
    lookups: found ? [{ rows: found, isLive: true }] : eventLookups(filters, query.body, bodyIs[0]),
    ...(query.body === undefined ? {} : { glance: BODY_GLANCE }),
  };
}

function present(column: string, isPresent: boolean): Condition[] {
  return [() => `${column} IS ${isPresent ? 'NOT ' : ''}NULL`];
}
