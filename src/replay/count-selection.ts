import type { Pool } from 'pg';
import { sqlState } from '../database/sql-errors.js';
import { inTransaction } from '../database/transaction.js';
import type { BulkRequest } from './bulk-replay.js';
import { idAt } from './id-at.js';
import { BY_KEY, SLICE, selectionOf } from './selection.js';

/** Counted exactly up to here; beyond it, or when counting takes too long, the answer says so. */
const COUNT_UP_TO = 100_000;
const COUNT_WITHIN_MS = 8_000;
const SAMPLE = 10;
const QUERY_CANCELED = '57014';
/** An id is made a moment before its event is received, by another clock; and clocks differ. */
const CLOCKS_DIFFER_MS = 24 * 3_600_000;

/** The ids that a bulk replay walks, and as of when. */
export interface Bounds {
  readonly position: string;
  readonly lastId: string;
  /** By the database's clock, as it wrote it. */
  readonly askedAt: string;
}

/** How many a bulk replay takes; `total` is `undefined` when they could not be counted in time. */
export interface Counted {
  readonly total: number | undefined;
  readonly totalIsExact: boolean;
  /** The first ids, of events or (`retry`) of deliveries. */
  readonly sample: readonly string[];
}

/** Fixes what there is to take at this moment. Only ids up to the newest are walked: what comes later is not part of it. */
export async function boundsOf(pool: Pool, { mode, filter }: BulkRequest): Promise<Bounds> {
  const table = mode === 'retry' ? 'hookyard.delivery' : 'hookyard.event';
  const from = filter.from === undefined ? undefined : new Date(Date.parse(filter.from) - CLOCKS_DIFFER_MS);
  // A delivery is made long after its event when it is a replay, so only events end with the time range.
  const to = mode === 'retry' || filter.to === undefined ? undefined : Date.parse(filter.to) + CLOCKS_DIFFER_MS;
  const { rows } = await pool.query<{ asked_at: string; last_id: string | null }>(
    `SELECT clock_timestamp()::text AS asked_at,
       least((SELECT id FROM ${table} ORDER BY id DESC LIMIT 1), $1::uuid) AS last_id`,
    [to === undefined ? null : idAt(new Date(to))],
  );
  const lowest = idAt(new Date(0));
  return {
    position: from ? idAt(from) : lowest,
    lastId: rows[0]?.last_id ?? lowest,
    askedAt: rows[0]?.asked_at ?? '',
  };
}

/** Counts slice by slice, so that no statement is long and the count ends early where there is much. */
export async function countSelection(pool: Pool, request: BulkRequest, bounds: Bounds): Promise<Counted> {
  const selection = selectionOf(request, bounds.askedAt);
  const giveUpAt = performance.now() + COUNT_WITHIN_MS;
  const sample: string[] = [];
  let total = 0;
  try {
    for (let { position } = bounds; ;) {
      const { rows } = await inTransaction(pool, async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${COUNT_WITHIN_MS}; ${BY_KEY}`);
        return client.query<{ seen: number; slice_end: string | null; matching: number; first: string[] | null }>(
          `WITH slice AS MATERIALIZED (${selection.slice}),
             matching AS MATERIALIZED (SELECT slice.id FROM ${selection.from} WHERE ${selection.where})
           SELECT (SELECT count(*)::int FROM slice) AS seen, (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS slice_end,
             (SELECT count(*)::int FROM matching) AS matching,
             (SELECT array_agg(id) FROM (SELECT id FROM matching ORDER BY id LIMIT ${SAMPLE}) f) AS first`,
          [position, bounds.lastId, SLICE, ...selection.values],
        );
      });
      const [row] = rows;
      total += row?.matching ?? 0;
      sample.push(...(row?.first ?? []).slice(0, SAMPLE - sample.length));
      if (total > COUNT_UP_TO) return { total: COUNT_UP_TO, totalIsExact: false, sample };
      if (!row?.slice_end || row.seen < SLICE) return { total, totalIsExact: true, sample };
      if (performance.now() > giveUpAt) return { total, totalIsExact: false, sample };
      position = row.slice_end;
    }
  } catch (error) {
    if (sqlState(error) !== QUERY_CANCELED) throw error;
    return { total: undefined, totalIsExact: false, sample };
  }
}
