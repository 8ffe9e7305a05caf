import { z } from 'zod';
import { storedId } from '../../database/ids.js';
import type { RunSql } from '../api-database.js';
import { searchText } from '../page.js';
import { deliveryCandidates, eventCandidates } from '../search/search-candidates.js';
import { equals, whereAll, type Condition, type Param } from './condition.js';
import {
  bodyContains,
  byExternalId,
  eventConditions,
  resolveSources,
  type EventFilters,
  type ResolvedEventFilters,
} from './event-filters.js';
import type { ListSpec } from './read-list.js';
import { idRange, type TimeRange } from './time-range.js';

const STATUSES = ['pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded'] as const;
/** What still wants something from somebody, however old it is. Each has a partial index. */
const OPEN: ReadonlySet<string | undefined> = new Set(['pending', 'claimed', 'held', 'dead']);

/** Filters on what goes out. */
export const deliveryFilterQuery = {
  status: z.enum(STATUSES).optional(),
  destination: searchText(64),
  event: z.string().max(64).optional(),
  /** `3`, or `3+` for three and more. */
  attempts: z
    .string()
    .regex(/^\d{1,6}\+?$/, 'is a number, or a number and +')
    .optional(),
  responseClass: z.enum(['1xx', '2xx', '3xx', '4xx', '5xx']).optional(),
  errorClass: searchText(64),
};

export type DeliveryQuery = EventFilters &
  TimeRange & { readonly body?: string | undefined } & {
    readonly [K in keyof typeof deliveryFilterQuery]?: z.output<(typeof deliveryFilterQuery)[K]>;
  };

/** The list of deliveries that a query asks for. */
export async function deliveryList(run: RunSql, query: DeliveryQuery): Promise<ListSpec> {
  const events = await resolveSources(run, query);
  const destinationIds = await resolveDestinations(run, query.destination);
  const { status } = query;
  const isSelective = query.externalId !== undefined || query.event !== undefined;
  const hasOrderedIndex = status === 'dead' || status === 'held';
  return {
    table: 'hookyard.delivery',
    driver: [
      // Literals: with a parameter the planner cannot know that the partial index is the right one.
      ...(hasOrderedIndex ? [() => `w.status = '${status}'`] : []),
      ...(status === 'dead' && destinationIds?.length === 1 ? equals('w.destination_id', destinationIds[0]) : []),
    ],
    filters: [
      ...(hasOrderedIndex ? [] : equals('t.status', status)),
      ...(destinationIds === undefined
        ? []
        : [(param: Param) => `t.destination_id = ANY(${param(destinationIds)}::int[])`]),
      ...(query.event === undefined ? [] : eventIs(query.event)),
      ...attemptsAre(query.attempts),
      ...(query.responseClass === undefined ? [] : [responseClassIs(query.responseClass)]),
      ...equals('t.last_error_class', query.errorClass),
      ...ofEvents(events),
      ...bodyContains('t.event_id', query.body),
    ],
    range: idRange('created_at', query, !isSelective && !OPEN.has(status)),
    candidates: candidatesOf(query, events, destinationIds),
    candidatesFirst: isSelective || status === 'claimed' || query.body !== undefined,
  };
}

/** Which destinations a name or a number means, deleted ones included; `undefined`: any. */
async function resolveDestinations(run: RunSql, destination: string | undefined): Promise<number[] | undefined> {
  if (destination === undefined) return undefined;
  const rows = await run<{ id: number }>(`SELECT id FROM hookyard.destination WHERE name = $1 OR id::text = $1`, [
    destination,
  ]);
  return rows.map(({ id }) => id);
}

function candidatesOf(
  { status, event, body }: DeliveryQuery,
  events: ResolvedEventFilters,
  destinationIds: readonly number[] | undefined,
): ListSpec['candidates'] {
  if (event !== undefined) {
    return (param) =>
      `SELECT id FROM hookyard.delivery WHERE event_id = ${param(storedId('evt', event) ?? null)}::uuid`;
  }
  const found = byExternalId(events);
  if (found) {
    return (param) => `SELECT d.id FROM (${found(param)}) e JOIN hookyard.delivery d ON d.event_id = e.id`;
  }
  if (status === 'pending' || status === 'claimed') {
    return (param) =>
      `SELECT id FROM hookyard.delivery WHERE status = '${status}'` +
      (destinationIds === undefined ? '' : ` AND destination_id = ANY(${param(destinationIds)}::int[])`);
  }
  // An event is stored before its deliveries are made, replays long before: its own time is no bound.
  const searched = eventCandidates(events, body);
  if (searched) {
    return (param, ids) =>
      `SELECT d.id FROM (${searched(param, { fromId: undefined, toId: ids.toId })}) e
       JOIN hookyard.delivery d ON d.event_id = e.id`;
  }
  return destinationIds && deliveryCandidates(destinationIds);
}

function eventIs(publicId: string): Condition[] {
  return [(param) => `t.event_id = ${param(storedId('evt', publicId) ?? null)}::uuid`];
}

function ofEvents(events: ResolvedEventFilters): Condition[] {
  const conditions = eventConditions('e', events);
  if (conditions.length === 0) return [];
  return [
    (param) => `EXISTS (SELECT 1 FROM hookyard.event e ${whereAll([() => 'e.id = t.event_id', ...conditions], param)})`,
  ];
}

function attemptsAre(attempts: string | undefined): Condition[] {
  if (attempts === undefined) return [];
  const operator = attempts.endsWith('+') ? '>=' : '=';
  return [(param) => `t.attempts ${operator} ${param(Number.parseInt(attempts, 10))}::int`];
}

function responseClassIs(responseClass: string): Condition {
  const from = Number(responseClass[0]) * 100;
  return (param) => `t.last_status_code BETWEEN ${param(from)}::int AND ${param(from + 99)}::int`;
}
