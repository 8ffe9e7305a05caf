import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/database/ids.js';
import { migrate } from '../../src/database/migrate.js';
import { Pools } from '../../src/database/pools.js';
import { settleResults, type Result } from '../../src/delivery/settle-results.js';
import { notStarted } from '../../src/delivery/settle.js';
import { BatchStore } from '../../src/queue/batch.store.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('settling a batch', () => {
  let database: TestDatabase;
  let pools: Pools;
  let batchId: string;
  let ids: string[];

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
    pools = new Pools(database.url, 16, () => undefined);
    await pools.work.query('INSERT INTO hookyard.destination_gate (destination_id) VALUES (1)');
  });
  afterAll(async () => {
    await pools.end();
    await database.drop();
  });
  beforeEach(async () => {
    batchId = newId();
    ids = Array.from({ length: 10 }, newId);
    await pools.work.query(
      `INSERT INTO hookyard.delivery_batch (id, destination_id, runner, slots, remaining, lease_ms, lease_until)
       VALUES ($1, 1, 'me', 4, 10, 30000, now() + interval '30 s')`,
      [batchId],
    );
    await pools.work.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id, status, batch_id)
       SELECT id, gen_random_uuid(), 1, 'claimed', $2 FROM unnest($1::uuid[]) id`,
      [ids, batchId],
    );
  });
  const delivered = (deliveryId: string): Result => ({
    deliveryId,
    batchId,
    destinationId: 1,
    settlement: {
      ...notStarted(0),
      status: 'delivered',
      attempt: 'delivered',
      counts: true,
      statusCode: 200,
      health: 'alive',
    },
    number: 1,
    startedAt: performance.now(),
    durationMs: 1,
    excerpt: undefined,
    isProbe: false,
    runner: 'me',
  });
  const one = async <T>(sql: string): Promise<T> =>
    (await pools.work.query<{ value: T }>(sql, [batchId])).rows[0]?.value as T;
  const remaining = (): Promise<number> => one('SELECT remaining AS value FROM hookyard.delivery_batch WHERE id = $1');

  it('twice, because the answer to the first commit was lost, counts once', async () => {
    const results = ids.slice(0, 5).map(delivered);
    await settleResults(pools.work, results);
    await settleResults(pools.work, results);
    expect(await remaining()).toBe(5);
    const { rows } = await pools.work.query(
      'SELECT count(*)::int AS n FROM hookyard.attempt WHERE delivery_id = ANY ($1)',
      [ids],
    );
    expect(rows).toEqual([{ n: 5 }]);
  });

  it('looks attempts up by index in a partition that has no statistics yet, as each has at midnight', async () => {
    await pools.work.query(
      `INSERT INTO hookyard.attempt (day, delivery_id, number, started_at, duration_ms, outcome, runner)
       SELECT current_date, gen_random_uuid(), 1, now(), 1, 'delivered', 'me' FROM generate_series(1, 500)`,
    );
    const own = new Pool({ connectionString: database.url, max: 1 });
    const read = async (): Promise<{ whole: number; byIndex: number }> => {
      await own.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await own.query<{ whole: number; byIndex: number }>(
        `SELECT sum(seq_tup_read)::int AS whole, sum(idx_scan)::int AS "byIndex" FROM pg_stat_user_tables
         WHERE schemaname = 'hookyard' AND relname LIKE 'attempt\\_%'`,
      );
      return rows[0] as { whole: number; byIndex: number };
    };
    try {
      const before = await read();
      await settleResults(own, ids.map(delivered));
      const after = await read();
      expect(after.whole - before.whole).toBe(0);
      expect(after.byIndex - before.byIndex).toBeGreaterThanOrEqual(ids.length);
    } finally {
      await own.end();
    }
  });

  it('in two statements at once leaves it to its runner to end it, and it does end', async () => {
    await Promise.all([
      settleResults(pools.work, ids.slice(0, 5).map(delivered)),
      settleResults(pools.work, ids.slice(5).map(delivered)),
    ]);
    expect(await remaining()).toBe(0);
    await new BatchStore(pools).drop(batchId);
    expect(await one('SELECT count(*)::int AS value FROM hookyard.delivery_batch WHERE id = $1')).toBe(0);
  });

  it('whose process died again and again gives its deliveries ever longer pauses, and in the end up', async () => {
    const store = new BatchStore(pools);
    const pauses: number[] = [];
    for (let death = 1; death <= 20; death += 1) {
      await pools.work.query(`UPDATE hookyard.delivery SET status = 'claimed', batch_id = $2 WHERE id = ANY ($1)`, [
        ids,
        batchId,
      ]);
      await pools.work.query(
        `INSERT INTO hookyard.delivery_batch (id, destination_id, runner, slots, remaining, lease_ms, lease_until)
         VALUES ($1, 1, 'dead', 4, 10, 1, now() - interval '1 s')
         ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until, runner = 'dead'`,
        [batchId],
      );
      expect(await store.reap()).toMatchObject({ deliveries: 10, untaken: [] });
      const { rows } = await pools.work.query<{ ms: number }>(
        `SELECT extract(epoch FROM next_attempt_at - now())::float8 AS ms FROM hookyard.delivery WHERE id = $1`,
        [ids[0]],
      );
      pauses.push(Math.max(0, Math.round(rows[0]?.ms ?? -1)));
    }
    expect(pauses.slice(0, 5)).toEqual([0, 2, 4, 8, 16]);
    expect(Math.max(...pauses)).toBe(300);
    const { rows } = await pools.work.query(
      `SELECT DISTINCT status, dead_reason FROM hookyard.delivery WHERE id = ANY ($1)`,
      [ids],
    );
    expect(rows).toEqual([{ status: 'dead', dead_reason: 'worker_lost' }]);
  });
});
