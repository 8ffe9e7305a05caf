import { z } from 'zod';
import { storedId } from '../../database/ids.js';
import type { RunSql } from '../api-database.js';
import { searchText } from '../page.js';
import { deliveryLookup, eventLookups } from '../search/search-lookups.js';
import { equals, type Condition, type Param } from './condition.js';
import {
  BODY_GLANCE,
  bodyContains,
  byExternalId,
  eventConditions,
  resolveEventFilters,
  type EventFilters,
  type ResolvedEventFilters,
} from './event-filters.js';
import type { ListSpec, Lookup } from './list-spec.js';
import { idRange, type TimeRange } from './time-range.js';

const STATUSES = ['pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded'] as const;
/** What still wants something from somebody, however old it is. Each has a partial index. */
const OPEN: ReadonlySet<string | undefined> = new Set(['pending', 'claimed', 'held', 'dead']);
/** With a partial index in the order of ids. */
const SORTED: ReadonlySet<string> = new Set(['dead', 'held', 'cancelled']);

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
  const events = await resolveEventFilters(run, query);
  const destinationIds = await resolveDestinations(run, query.destination);
  const { status } = query;
  const isSelective = query.externalId !== undefined || query.event !== undefined;
  const hasOrderedIndex = status !== undefined && SORTED.has(status);
  const bodyIs = bodyContains('t.event_id', query.body);
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
      ...bodyIs,
    ],
    range: idRange('created_at', query, !isSelective && !OPEN.has(status)),
    lookups: lookupsOf(query, events, destinationIds, bodyIs[0]),
    ...(query.body === undefined ? {} : { glance: BODY_GLANCE }),
  };
}

/** Which destinations a name or a number means, deleted ones included; `undefined`: any. */
export async function resolveDestinations(run: RunSql, destination: string | undefined): Promise<number[] | undefined> {
  if (destination === undefined) return undefined;
  const rows = await run<{ id: number }>(`SELECT id FROM hookyard.destination WHERE name = $1 OR id::text = $1`, [
    destination,
  ]);
  return rows.map(({ id }) => id);
}

function lookupsOf(
  { status, event, body }: DeliveryQuery,
  events: ResolvedEventFilters,
  destinationIds: readonly number[] | undefined,
  bodyIs: Condition | undefined,
): Lookup[] {
  if (event !== undefined) {
    const id = storedId('evt', event) ?? null;
    return [live((param) => `SELECT id FROM hookyard.delivery WHERE event_id = ${param(id)}::uuid`)];
  }
  const found = byExternalId(events);
  if (found) return [live((param, ids) => ofEach(found(param, ids)))];
  return [
    ...ofStatus(status, destinationIds),
    // An event is stored before its deliveries are made, replays long before: its own time is no lower bound.
    ...eventLookups(events, body, bodyIs).map(({ rows, isBitmap = false, answers }): Lookup => ({
      rows: (param, { toId }) => ofEach(rows(param, { fromId: undefined, toId })),
      isBitmap,
      answers,
    })),
    ...(destinationIds ? [deliveryLookup(destinationIds)] : []),
  ];
}

function live(rows: Lookup['rows']): Lookup {
  return { rows, isLive: true };
}

/** Deliveries of events that are named by a statement. */
function ofEach(events: string): string {
  return `SELECT d.id FROM (${events}) e JOIN hookyard.delivery d ON d.event_id = e.id`;
}

/** Partial indexes that are led by something else than the id. */
function ofStatus(status: string | undefined, destinationIds: readonly number[] | undefined): Lookup[] {
  const isUnderWay = status === 'pending' || status === 'claimed';
  if (!isUnderWay && !(status === 'held' && destinationIds)) return [];
  return [
    live(
      (param) =>
        `SELECT id FROM hookyard.delivery WHERE status = '${status}'` +
        (destinationIds === undefined ? '' : ` AND destination_id = ANY(${param(destinationIds)}::int[])`),
    ),
  ];
}

function eventIs(publicId: string): Condition[] {
  return [(param) => `t.event_id = ${param(storedId('evt', publicId) ?? null)}::uuid`];
}

function ofEvents(events: ResolvedEventFilters): Condition[] {
  const conditions = eventConditions('e', events);
  if (conditions.length === 0) return [];
  return [
    // As in `bodyContains`.
    (param) =>
      `coalesce((SELECT ${conditions.map((holds) => holds(param)).join(' AND ')} FROM hookyard.event e WHERE e.id = t.event_id), false)`,
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
