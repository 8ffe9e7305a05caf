import type { Pool, PoolClient } from 'pg';
import type { DeliveryPolicy } from '../config/config.js';
import { newId } from '../database/ids.js';
import { inTransaction } from '../database/transaction.js';
import { allowance, UNKNOWN_PACE, type Grant, type LiveWork, type Pace } from './allowance.js';
import { FORCED, GATE_COLUMNS, toGate, type GateRow } from './gate.js';
import { BLOCKED, OUTDATED, parkBlocked, wakeLanes, type Lane } from './lanes.js';

/** Deliveries of one destination claimed together; what a queue job carries the id of. */
export interface ClaimedBatch {
  readonly id: string;
  readonly destinationId: number;
  readonly size: number;
}

/** A destination that may be claimed for, with its policy. */
export interface Claimable {
  readonly id: number;
  readonly policy: DeliveryPolicy;
  /** What the claiming process knows of it; default: nothing. */
  readonly pace?: Omit<Pace, 'isCrowded'>;
}

export interface ClaimResult {
  readonly batches: readonly ClaimedBatch[];
  /** Nothing more will be due before this, unless something happens; `Infinity`: nothing waits. */
  readonly nextDueMs: number;
}

/** Batches that wait for a worker, in the whole cluster; beyond it claiming would only move the backlog into the queue. */
const MAX_UNTAKEN = 64;

/** Deliveries in live batches of the cluster from which on no batch is deep. */
const CROWDED_ROWS = 5_000;

/**
 * A batch that nobody takes keeps its place among those for no longer: its job may be lost (a queue that was flushed), and 64
 * such batches stop every claim. Whoever takes it has its whole lease from then on.
 */
const UNTAKEN_LEASE_MS = 15_000;

/**
 * How long a claim lasts unrenewed. Renewed every third of it; a send starts only while what is left covers its timeout,
 * so the lease must exceed the timeout by a good margin.
 */
function leaseMs(policy: DeliveryPolicy): number {
  return policy.timeoutMs * 2 + 5_000;
}

/**
 * Claims due deliveries through their destinations' gates. The gates are locked first (SKIP LOCKED: another process at one gate
 * never holds this one up at the others) and only then, with a fresh snapshot, are live slots counted: counting in the
 * locking statement would miss a batch that another process committed in between, and give its slots out twice.
 * `startAfter` rotates the order, so that the first destinations do not take every claim.
 */
export async function claim(
  pool: Pool,
  claimable: ReadonlyMap<number, Claimable>,
  startAfter: number,
): Promise<ClaimResult> {
  const waiting = await findWaiting(pool, [...claimable.keys()]);
  let nextDueMs = Infinity;
  const due: number[] = [];
  for (const { destinationId, dueInMs } of waiting) {
    if (dueInMs <= 0) due.push(destinationId);
    else nextDueMs = Math.min(nextDueMs, dueInMs);
  }
  if (due.length === 0) return { batches: [], nextDueMs };
  const rotated = [...due.filter((id) => id > startAfter), ...due.filter((id) => id <= startAfter)];
  const { batches, blocked, ended, waitMs } = await inTransaction(pool, async (client) => {
    const claimed = await claimLocked(client, rotated, claimable);
    if (claimed.blocked.length > 0) await parkBlocked(client, claimed.blocked);
    return claimed;
  });
  if (ended.length > 0) await wakeLanes(pool, ended);
  // What stood before others and was put aside makes room for them at once.
  const moved = blocked.length + ended.length > 0;
  return { batches, nextDueMs: moved ? 0 : Math.min(nextDueMs, waitMs) };
}

/** Per destination with a backlog, how long until its first delivery may go; gates that are shut by time count as later. */
async function findWaiting(pool: Pool, ids: number[]): Promise<{ destinationId: number; dueInMs: number }[]> {
  const { rows } = await pool.query<{ destination_id: number; due_in_ms: number }>({
    name: 'find-waiting',
    text: `
      SELECT g.destination_id, (extract(epoch FROM greatest(head.next_attempt_at, g.not_before,
          CASE WHEN g.breaker_state = 'open' AND ${FORCED} IS NULL THEN g.opened_until END) - statement_timestamp()) * 1000)::float8 AS due_in_ms
      FROM hookyard.destination_gate g
      CROSS JOIN LATERAL (
        SELECT d.next_attempt_at FROM hookyard.delivery d
        WHERE d.destination_id = g.destination_id AND d.status = 'pending' AND d.next_attempt_at IS NOT NULL
        ORDER BY d.next_attempt_at, d.id LIMIT 1) head
      WHERE g.destination_id = ANY ($1) AND g.paused_at IS NULL AND ${FORCED} IS DISTINCT FROM 'open'
      ORDER BY g.destination_id`,
    values: [ids],
  });
  return rows.map((row) => ({ destinationId: row.destination_id, dueInMs: row.due_in_ms }));
}

async function claimLocked(
  client: PoolClient,
  ids: readonly number[],
  claimable: ReadonlyMap<number, Claimable>,
): Promise<Taken & { waitMs: number }> {
  const locked = await client.query<GateRow>({
    name: 'lock-gates',
    text: `SELECT ${GATE_COLUMNS} FROM unnest($1::int[]) WITH ORDINALITY AS ask(id, ordinal)
           JOIN hookyard.destination_gate g ON g.destination_id = ask.id
           ORDER BY ask.ordinal FOR UPDATE OF g SKIP LOCKED`,
    values: [ids],
  });
  const live = await readLiveWork(client);
  let room = MAX_UNTAKEN - live.untaken;
  let { rows } = live;
  let waitMs = Infinity;
  const asks: Ask[] = [];
  for (const row of locked.rows) {
    const gate = toGate(row);
    const { policy, pace = UNKNOWN_PACE } = claimable.get(gate.destinationId) as Claimable;
    const granted = allowance(gate, live.of.get(gate.destinationId) ?? NO_WORK, policy, {
      ...pace,
      isCrowded: rows >= CROWDED_ROWS,
    });
    if ('waitMs' in granted) waitMs = Math.min(waitMs, granted.waitMs);
    else if (room > 0) {
      room -= 1;
      rows += granted.rows;
      const avoid = granted.isProbe ? gate.lastProbedDeliveryId : undefined;
      asks.push({
        batchId: newId(),
        destinationId: gate.destinationId,
        grant: granted,
        leaseMs: leaseMs(policy),
        avoid,
        readAt: row.read_at,
      });
    }
  }
  return { ...(asks.length > 0 ? await takeRows(client, asks) : NOTHING_TAKEN), waitMs };
}

const NO_WORK: LiveWork = { slots: 0, probing: false, rows: 0 };

async function readLiveWork(client: PoolClient): Promise<{ untaken: number; rows: number; of: Map<number, LiveWork> }> {
  // The whole table: it has one row per batch under way, dozens, never thousands.
  const { rows } = await client.query<{
    destination_id: number;
    slots: number;
    rows: number;
    probing: boolean;
    untaken: number;
  }>({
    name: 'read-live-work',
    text: `SELECT destination_id, sum(greatest(0, least(slots, remaining)))::int AS slots, sum(greatest(0, remaining))::int AS rows, bool_or(is_probe) AS probing,
             count(*) FILTER (WHERE runner IS NULL)::int AS untaken
           FROM hookyard.delivery_batch WHERE lease_until > statement_timestamp() GROUP BY destination_id`,
  });
  return {
    untaken: rows.reduce((sum, row) => sum + row.untaken, 0),
    rows: rows.reduce((sum, row) => sum + row.rows, 0),
    of: new Map(rows.map((row) => [row.destination_id, { slots: row.slots, probing: row.probing, rows: row.rows }])),
  };
}

interface Ask {
  readonly batchId: string;
  readonly destinationId: number;
  readonly grant: Grant;
  readonly leaseMs: number;
  /** The delivery probed last time: another one is preferred, so that one poison delivery does not keep the breaker open. */
  readonly avoid: string | undefined;
  /** When the gate was read, by the database's clock. */
  readonly readAt: string;
}

/**
 * Tokens are counted as of the moment the gate was read: stamped any later, those that came in between would be lost.
 * Not `clock_timestamp()` for what is due: a volatile function cannot bound an index scan, and the scan would walk the whole backlog.
 */
const TAKE_ROWS = `
  WITH ask AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::boolean[], $6::int[], $7::uuid[], $8::float8[],
      $9::timestamptz[]) AS a(batch_id, destination_id, max_rows, slots, is_probe, lease_ms, avoid, tokens, read_at)
  ), due AS MATERIALIZED (
    SELECT ask.batch_id, picked.* FROM ask CROSS JOIN LATERAL (
      SELECT candidate.* FROM (
        SELECT d.id, d.next_attempt_at, d.destination_id, d.lane, d.lane_seq, d.lane_ordered, d.lane_latest, d.subject_at
        FROM hookyard.delivery d
        WHERE d.destination_id = ask.destination_id AND d.status = 'pending' AND d.next_attempt_at <= statement_timestamp()
        ORDER BY d.next_attempt_at, d.id
        LIMIT ask.max_rows + (ask.avoid IS NOT NULL)::int
        FOR UPDATE SKIP LOCKED) candidate
      ORDER BY coalesce(candidate.id = ask.avoid, false), candidate.next_attempt_at, candidate.id
      LIMIT ask.max_rows) picked
  ), judged AS MATERIALIZED (
    SELECT d.batch_id, d.id, d.destination_id, d.lane,
      CASE WHEN d.lane IS NULL THEN 'go' WHEN ${OUTDATED} THEN 'outdated' WHEN ${BLOCKED} THEN 'wait' ELSE 'go' END AS verdict
    FROM due d
  ), outdated AS (
    UPDATE hookyard.delivery d SET status = 'superseded', settled_at = clock_timestamp()
    FROM judged WHERE d.id = judged.id AND judged.verdict = 'outdated'
  ), claimed AS (
    UPDATE hookyard.delivery d SET status = 'claimed', batch_id = judged.batch_id
    FROM judged WHERE d.id = judged.id AND judged.verdict = 'go' RETURNING d.id, d.batch_id
  ), counted AS (
    SELECT batch_id, count(*)::int AS size, (array_agg(id))[1] AS any_id FROM claimed GROUP BY batch_id
  ), gates AS (
    UPDATE hookyard.destination_gate g SET
      rate_tokens = CASE WHEN ask.tokens IS NULL THEN g.rate_tokens ELSE ask.tokens - counted.size END,
      rate_refilled_at = CASE WHEN ask.tokens IS NULL THEN g.rate_refilled_at ELSE ask.read_at END,
      last_probed_delivery_id = CASE WHEN ask.is_probe THEN counted.any_id ELSE g.last_probed_delivery_id END
    FROM ask JOIN counted USING (batch_id)
    WHERE g.destination_id = ask.destination_id AND (ask.tokens IS NOT NULL OR ask.is_probe)
  ), made AS (
    INSERT INTO hookyard.delivery_batch (id, destination_id, is_probe, slots, remaining, lease_ms, lease_until)
    SELECT ask.batch_id, ask.destination_id, ask.is_probe, least(ask.slots, counted.size), counted.size, ask.lease_ms,
      clock_timestamp() + least(ask.lease_ms, ${UNTAKEN_LEASE_MS}) * interval '1 ms'
    FROM ask JOIN counted USING (batch_id)
    RETURNING id, destination_id, remaining
  )
  SELECT id, destination_id, remaining, 'go' AS verdict, NULL::uuid AS lane FROM made
  UNION ALL SELECT id, destination_id, 0, verdict, lane FROM judged WHERE verdict <> 'go'`;

const NOTHING_TAKEN: Taken = { batches: [], blocked: [], ended: [] };

interface Taken {
  readonly batches: ClaimedBatch[];
  /** Deliveries that were due and must let another one of their lane go first. */
  readonly blocked: readonly string[];
  /** Lanes of which something was superseded. */
  readonly ended: readonly Lane[];
}

async function takeRows(client: PoolClient, asks: readonly Ask[]): Promise<Taken> {
  const { rows } = await client.query<{
    id: string;
    destination_id: number;
    remaining: number;
    verdict: 'go' | 'wait' | 'outdated';
    lane: string;
  }>({
    name: 'take-rows',
    text: TAKE_ROWS,
    values: [
      asks.map((ask) => ask.batchId),
      asks.map((ask) => ask.destinationId),
      asks.map((ask) => ask.grant.rows),
      asks.map((ask) => ask.grant.slots),
      asks.map((ask) => ask.grant.isProbe),
      asks.map((ask) => ask.leaseMs),
      asks.map((ask) => ask.avoid ?? null),
      asks.map((ask) => ask.grant.tokensBefore ?? null),
      asks.map((ask) => ask.readAt),
    ],
  });
  const of = (verdict: string): typeof rows => rows.filter((row) => row.verdict === verdict);
  return {
    batches: of('go').map((row) => ({ id: row.id, destinationId: row.destination_id, size: row.remaining })),
    blocked: of('wait').map(({ id }) => id),
    ended: of('outdated').map((row) => ({ destinationId: row.destination_id, lane: row.lane })),
  };
}
