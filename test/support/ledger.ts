import type { Pool } from 'pg';
import type { Load } from './load.js';
import type { Receiver } from './receiver.js';
import { until } from './until.js';

/** What became of a run, for the test to judge and to print. */
export interface Balance {
  readonly acked: number;
  /** Acknowledged, but not in the database, or under another id than the answer named. */
  readonly lost: string[];
  /** External ids stored more than once. */
  readonly storedTwice: number;
  /** Stored, not delivered and not dead. */
  readonly unsettled: number;
  readonly dead: number;
  /** `delivered` in the database, never seen by the receiver. */
  readonly undelivered: number;
  /** Received by the destination, stored nowhere. */
  readonly unknown: number;
  /** Deliveries the destination got more than once, in all. */
  readonly duplicates: number;
  /** Attempt rows of one delivery under one number. */
  readonly attemptsTwice: number;
}

/**
 * Compares three books that know nothing of each other: what senders were told, what the database holds, what the
 * destination got. acked ⊆ stored; stored ⊆ delivered ∪ dead ∪ pending; delivered ⊆ received.
 */
export async function balance(load: Load, pool: Pool, receiver: Receiver): Promise<Balance> {
  const { rows } = await pool.query<{ external_id: string; id: string; status: string | null }>(
    `SELECT e.external_id, replace(e.id::text, '-', '') AS id, d.status
     FROM hookyard.event e LEFT JOIN hookyard.delivery d ON d.event_id = e.id`,
  );
  const twice = await pool.query(
    'SELECT 1 FROM hookyard.attempt GROUP BY delivery_id, number, outcome, runner HAVING count(*) > 1',
  );
  const bare = (id: string): string => id.replace(/^evt_/, '').replaceAll('-', '');
  const stored = new Map(rows.map(({ external_id: external, id }) => [external, id]));
  const received = new Map([...receiver.countById].map(([id, count]) => [bare(id), count]));
  const ids = new Set(rows.map(({ id }) => id));
  return {
    acked: load.acked.size,
    lost: [...load.acked].filter(([external, id]) => stored.get(external) !== bare(id)).map(([external]) => external),
    storedTwice: rows.length - stored.size,
    unsettled: rows.filter(({ status }) => status !== 'delivered' && status !== 'dead').length,
    dead: rows.filter(({ status }) => status === 'dead').length,
    undelivered: rows.filter(({ id, status }) => status === 'delivered' && !received.has(id)).length,
    unknown: [...received.keys()].filter((id) => !ids.has(id)).length,
    duplicates: [...received.values()].reduce((sum, count) => sum + count - 1, 0),
    attemptsTwice: twice.rows.length,
  };
}

/** The run is over when no delivery waits or is under way. */
export async function quiescence(pool: Pool, withinMs = 60_000): Promise<void> {
  await until(
    'every delivery is settled',
    async () => {
      const { rows } = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM hookyard.delivery WHERE status NOT IN ('delivered', 'dead')`,
      );
      return rows[0]?.n === 0;
    },
    withinMs,
  );
}

/** What must hold after any crash. */
export const NOTHING_LOST = { lost: [], storedTwice: 0, unsettled: 0, dead: 0, undelivered: 0, unknown: 0 } as const;
