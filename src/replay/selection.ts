import type { BulkRequest } from './bulk-replay.js';
import { deliveryConditions, eventConditions, SqlValues } from './replay-filter.js';

/** Part of a statement that walks what a bulk replay takes, by ascending id, from after `position` up to `last`. */
export interface Selection {
  /** The ids to walk, matching or not; `$position`, `$last` and the limit are the caller's first three values. */
  readonly slice: string;
  /** Joins what `where` needs to `slice.id`. */
  readonly from: string;
  readonly where: string;
  readonly values: unknown[];
}

/**
 * For the transaction of such a statement: its joins in the order they are written, each by key. Left to itself over tables whose
 * statistics are old, the planner may read all of one for each row of another.
 */
export const BY_KEY = 'SET LOCAL enable_seqscan = off; SET LOCAL join_collapse_limit = 1';

/** Ids looked at by one statement: matching or not, it ends soon. */
export const SLICE = 5_000;

/**
 * `values` come after the three bounds `$1` (after this id), `$2` (up to this one) and `$3` (so many); `askedAt`, a time as the database wrote it,
 * fixes what there was to take: events stored, or letters dead, by then.
 */
export function selectionOf({ mode, filter }: Pick<BulkRequest, 'mode' | 'filter'>, askedAt: string): Selection {
  const values = new SqlValues();
  values.list.push(null, null, null);
  const onEvent = eventConditions(filter, values);
  if (mode === 'retry') {
    const status = filter.status === 'cancelled' ? 'cancelled' : 'dead';
    const where = [
      ...onEvent,
      ...deliveryConditions({ ...filter, status: undefined }, values),
      // Again after the lock: whoever retried it a moment ago has done what is to be done.
      `d.status = '${status}'`,
      `d.settled_at <= ${values.add(askedAt)}::timestamptz`,
    ];
    return {
      // The status as a literal: only so the partial index serves.
      slice: `SELECT id FROM hookyard.delivery WHERE status = '${status}' AND id > $1 AND id <= $2 ORDER BY id LIMIT $3`,
      from: `slice JOIN hookyard.delivery d ON d.id = slice.id JOIN hookyard.event e ON e.id = d.event_id
        JOIN hookyard.source s ON s.id = e.source_id LEFT JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id
        LEFT JOIN hookyard.destination x ON x.id = d.destination_id AND x.deleted_at IS NULL`,
      where: where.join(' AND '),
      values: values.list.slice(3),
    };
  }
  const onDelivery = deliveryConditions(filter, values);
  const where = [...onEvent, `e.received_at <= ${values.add(askedAt)}::timestamptz`];
  if (onDelivery.length > 0) {
    // OFFSET 0: first the event's own few deliveries, by its key, then the conditions. The other way round, by the index of a
    // destination's dead letters, each event would read all of those.
    where.push(`EXISTS (SELECT 1 FROM (SELECT * FROM hookyard.delivery o WHERE o.event_id = e.id OFFSET 0) d
      WHERE ${onDelivery.join(' AND ')})`);
  }
  return {
    slice: 'SELECT id FROM hookyard.event WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3',
    from: `slice JOIN hookyard.event e ON e.id = slice.id JOIN hookyard.source s ON s.id = e.source_id
      LEFT JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id`,
    where: where.join(' AND '),
    values: values.list.slice(3),
  };
}
