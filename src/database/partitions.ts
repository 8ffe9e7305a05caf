import type { Pool } from 'pg';
import { sqlState } from './sql-errors.js';

/** Tables partitioned by day (UTC): dropping old rows is dropping a table. */
const PARTITIONED = ['body', 'attempt'] as const;
const DAYS_AHEAD = 7;
const DAY_MS = 86_400_000;
/** Any constant will do, as long as only this code uses it. */
const LOCK = 4_180_713_001n;
/**
 * A new partition locks its table's default one against everything; while it waits for a reader (a `pg_dump` reads for hours),
 * every insert waits behind it. So it does not wait long: days are made well ahead, and the next hour tries again.
 */
const LOCK_WITHIN_MS = 500;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available, check_violation. */
const NO_LOCK = '55P03';
const ROWS_IN_DEFAULT = '23514';

/**
 * Makes today's and the next seven days' partitions where they are missing; run at start and every hour. A row without a
 * partition of its own goes to the default one, so a late run costs nothing but tidiness.
 * `onBusy` hears of a table that somebody reads for long; what is missing then is left for the next run.
 */
export async function ensurePartitions(pool: Pool, onBusy: (table: string) => void, now = new Date()): Promise<void> {
  const client = await pool.connect();
  // A pool listens only on connections that nobody has; unheard, a server that restarts now would end the process.
  const onError = (): void => undefined;
  client.on('error', onError);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    for (const table of PARTITIONED) {
      for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) {
        const from = day(now.getTime() + ahead * DAY_MS);
        const until = day(now.getTime() + (ahead + 1) * DAY_MS);
        const name = `${table}_${from.replaceAll('-', '')}`;
        const { rowCount } = await client.query(`SELECT 1 FROM pg_class WHERE oid = to_regclass($1)`, [
          `hookyard.${name}`,
        ]);
        if (rowCount) continue;
        const create = `CREATE TABLE hookyard.${name} PARTITION OF hookyard.${table} FOR VALUES FROM ('${from}') TO ('${until}')`;
        try {
          // As one simple query: one round trip, one transaction, and the setting ends with it.
          await client.query(`SET LOCAL lock_timeout = ${LOCK_WITHIN_MS}; ${create}`);
        } catch (error) {
          const state = sqlState(error);
          if (state === NO_LOCK) return onBusy(table);
          // The default partition already holds rows of that day. They stay there; the day stays in the default.
          if (state !== ROWS_IN_DEFAULT) throw error;
        }
      }
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
    client.release();
    client.off('error', onError);
  }
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
