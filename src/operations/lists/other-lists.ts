import type { RunSql } from '../api-database.js';
import { equals, type Condition } from './condition.js';
import { resolveDestinations } from './delivery-list.js';
import { findSources } from './event-filters.js';
import type { ListSpec } from './list-spec.js';
import { idRange, type TimeRange } from './time-range.js';

const ALL_TIME = { fromId: undefined, toId: undefined, exact: [] };

/** Samples of what was refused: of a source, or for a reason, each with an index; of any age. */
export async function rejectionList(
  run: RunSql,
  query: TimeRange & { readonly source?: string | undefined; readonly reason?: string | undefined },
): Promise<ListSpec> {
  const sources = query.source === undefined ? undefined : await findSources(run, query.source);
  const one = sources?.length === 1 ? sources[0] : undefined;
  return {
    table: 'hookyard.rejection',
    driver: one === undefined ? equals('w.reason', query.reason) : equals('w.source_id', one),
    filters: [...(one === undefined ? isOneOf('t.source_id', sources) : equals('t.reason', query.reason))],
    range: idRange('received_at', query, false),
  };
}

/** Who changed what: lines about one thing, or by one actor, each with an index. */
export function auditList(query: {
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
}): ListSpec {
  const { actor, target } = query;
  return {
    table: 'hookyard.audit',
    driver: target === undefined ? equals('w.actor', actor) : equals('w.target', target),
    filters: target === undefined ? [] : equals('t.actor', actor),
    range: ALL_TIME,
  };
}

/** Failures in groups: there are no more than destinations have ways to fail. */
export async function issueList(
  run: RunSql,
  query: { readonly state?: string | undefined; readonly destination?: string | undefined },
): Promise<ListSpec> {
  const destinations = await resolveDestinations(run, query.destination);
  return {
    table: 'hookyard.issue',
    driver: [],
    filters: [...equals('t.state', query.state), ...isOneOf('t.destination_id', destinations)],
    range: ALL_TIME,
  };
}

/** What people begin, and so few: replays, erasures, API keys. */
export function statusList(
  table: 'hookyard.replay' | 'hookyard.erasure' | 'hookyard.api_key',
  status: string | undefined,
): ListSpec {
  return { table, driver: equals('w.status', status), filters: [], range: ALL_TIME };
}

function isOneOf(column: string, ids: readonly number[] | undefined): Condition[] {
  return ids === undefined ? [] : [(param) => `${column} = ANY(${param(ids)}::int[])`];
}
