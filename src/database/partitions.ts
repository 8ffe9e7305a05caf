import type { Pool } from 'pg';

/** Tables partitioned by day (UTC): dropping old rows is dropping a table. */
const PARTITIONED = ['body', 'attempt'] as const;
const DAYS_AHEAD = 7;
const DAY_MS = 86_400_000;
/** Any constant will do, as long as only this code uses it. */
const LOCK = 4_180_713_001n;

/**
 * Makes today's and the next seven days' partitions where they are missing; run at start and every hour. A row without a
 * partition of its own goes to the default one, so a late run costs nothing but tidiness.
 */
export async function ensurePartitions(pool: Pool, now = new Date()): Promise<void> {
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
        await client
          .query(
            `CREATE TABLE hookyard.${name} PARTITION OF hookyard.${table} FOR VALUES FROM ('${from}') TO ('${until}')`,
          )
          // 23514: the default partition already holds rows of that day. They stay there; the day stays in the default.
          .catch((error: { code?: string }) => {
            if (error.code !== '23514') throw error;
          });
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
