import type { Pool, PoolClient } from 'pg';
import { HELD_BY_SOURCE } from '../routing/apply-sources.js';

/** Deliveries of one subject to one destination, on a route that keeps an order among them. */
export interface Lane {
  readonly destinationId: number;
  readonly lane: string;
}

/** Stranded deliveries are looked for among so many waiting ones at a time. */
const SLICE = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * SQL: must delivery `d`, which has a lane, let another one of it go first? One of a lane is sent at a time. Ordered: those that
 * arrived earlier go first, unless they are settled or held for a reason of their own. Only the latest: a newer one that is due,
 * of its own kind: an ordered one of the same lane (another route's) waits for it already, and neither would ever go.
 * The claim asks with its gate locked, so no two processes ask for one lane at once.
 */
export const BLOCKED = `(
  EXISTS (SELECT 1 FROM hookyard.delivery o
    WHERE o.destination_id = d.destination_id AND o.lane = d.lane AND o.status = 'claimed' AND o.id <> d.id)
  OR CASE WHEN d.lane_ordered THEN EXISTS (SELECT 1 FROM hookyard.delivery o
    WHERE o.destination_id = d.destination_id AND o.lane = d.lane AND o.lane_seq < d.lane_seq
      AND o.status IN ('pending', 'claimed', 'held') AND (o.status <> 'held' OR o.held_reason = '${HELD_BY_SOURCE}'))
  ELSE EXISTS (SELECT 1 FROM hookyard.delivery o
    WHERE o.destination_id = d.destination_id AND o.lane = d.lane AND o.status IN ('pending', 'claimed', 'held')
      AND o.status = 'pending' AND NOT o.lane_ordered AND (o.subject_at, o.lane_seq) > (d.subject_at, d.lane_seq)
      AND coalesce(o.next_attempt_at <= statement_timestamp(), true)) END)`;

/** SQL: was a newer event of the subject of `d` delivered, where only the latest counts? By the provider's time, then by arrival. */
export const OUTDATED = `(d.lane_latest AND EXISTS (SELECT 1 FROM hookyard.delivery o
  WHERE o.destination_id = d.destination_id AND o.lane = d.lane AND o.lane_latest AND o.status = 'delivered'
    AND (o.subject_at, o.lane_seq) > (d.subject_at, d.lane_seq)))`;

/**
 * Makes deliveries wait for their turn, without a time. In the claim's transaction, which has them locked, and with a newer
 * snapshot than the claim's: whoever ends the one they wait for either did so before and is seen, or finds them waiting.
 */
export async function parkBlocked(client: PoolClient, ids: readonly string[]): Promise<void> {
  await client.query({
    name: 'park-blocked',
    text: `UPDATE hookyard.delivery d SET next_attempt_at = NULL WHERE d.id = ANY ($1) AND d.status = 'pending' AND ${BLOCKED}`,
    values: [ids],
  });
}

/**
 * One of each lane has ended: what is outdated now is superseded, and the next may be claimed. Locking the next one waits for a
 * claim that is just making it wait.
 */
export async function wakeLanes(pool: Pool, lanes: readonly Lane[]): Promise<void> {
  const unique = [...new Map(lanes.map((lane) => [`${lane.destinationId} ${lane.lane}`, lane])).values()];
  // One order of locks for every process.
  unique.sort((a, b) => a.destinationId - b.destinationId || (a.lane < b.lane ? -1 : 1));
  await pool.query({
    name: 'wake-lanes',
    text: WAKE,
    values: [unique.map(({ destinationId }) => destinationId), unique.map(({ lane }) => lane)],
  });
}

const WAKE = `
  WITH ended AS (
    SELECT * FROM unnest($1::int[], $2::uuid[]) WITH ORDINALITY AS l(destination_id, lane, ordinal)
  ), outdated AS MATERIALIZED (
    SELECT d.id FROM ended JOIN hookyard.delivery d ON d.destination_id = ended.destination_id AND d.lane = ended.lane
    WHERE d.status IN ('pending', 'claimed', 'held') AND d.status = 'pending' AND ${OUTDATED}
    ORDER BY d.id LIMIT ${SLICE} FOR UPDATE OF d SKIP LOCKED
  ), superseded AS (
    UPDATE hookyard.delivery d SET status = 'superseded', settled_at = clock_timestamp()
    FROM outdated WHERE d.id = outdated.id
  ), earliest AS MATERIALIZED (
    SELECT d.id, d.next_attempt_at FROM ended CROSS JOIN LATERAL (
      SELECT d.id, d.next_attempt_at FROM hookyard.delivery d
      WHERE d.destination_id = ended.destination_id AND d.lane = ended.lane
        AND d.status IN ('pending', 'claimed', 'held') AND d.status = 'pending' AND d.lane_ordered AND NOT ${OUTDATED}
      ORDER BY d.lane_seq LIMIT 1 FOR UPDATE) d
    ORDER BY ended.ordinal
  ), newest AS MATERIALIZED (
    SELECT d.id, d.next_attempt_at FROM ended CROSS JOIN LATERAL (
      SELECT d.id, d.next_attempt_at FROM hookyard.delivery d
      WHERE d.destination_id = ended.destination_id AND d.lane = ended.lane
        AND d.status IN ('pending', 'claimed', 'held') AND d.status = 'pending' AND NOT d.lane_ordered AND NOT ${OUTDATED}
        AND coalesce(d.next_attempt_at <= statement_timestamp(), true)
      ORDER BY d.subject_at DESC, d.lane_seq DESC LIMIT 1 FOR UPDATE) d
    ORDER BY ended.ordinal
  )
  UPDATE hookyard.delivery d SET next_attempt_at = statement_timestamp()
  FROM (SELECT * FROM earliest UNION ALL SELECT * FROM newest) next
  WHERE d.id = next.id AND next.next_attempt_at IS NULL AND d.status = 'pending'`;

/**
 * Finds deliveries that wait for nobody any more, and lets them go: whoever ended the one before them died before it could say
 * so, or it was cancelled, given back, removed. A slice at a time.
 * @returns where to go on; from the start when there are no more.
 */
export async function freeStranded(pool: Pool, after: string = FIRST_ID): Promise<string> {
  const { rows } = await pool.query<{ seen: number; last_id: string | null }>({
    name: 'free-stranded',
    text: FREE_STRANDED,
    values: [after],
  });
  const [{ seen, last_id: last } = { seen: 0, last_id: null }] = rows;
  return seen < SLICE || last === null ? FIRST_ID : last;
}

const FREE_STRANDED = `
  WITH slice AS MATERIALIZED (
    SELECT id FROM hookyard.delivery WHERE status = 'pending' AND next_attempt_at IS NULL AND id > $1
    ORDER BY id LIMIT ${SLICE}
  ), free AS MATERIALIZED (
    SELECT d.id FROM slice JOIN hookyard.delivery d ON d.id = slice.id
    WHERE d.status = 'pending' AND d.next_attempt_at IS NULL AND NOT ${BLOCKED}
    ORDER BY d.id FOR UPDATE OF d SKIP LOCKED
  ), freed AS (
    UPDATE hookyard.delivery d SET next_attempt_at = statement_timestamp() FROM free WHERE d.id = free.id
  )
  SELECT count(*)::int AS seen, (array_agg(id ORDER BY id DESC))[1] AS last_id FROM slice`;
