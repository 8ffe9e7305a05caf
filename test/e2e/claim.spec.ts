import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { migrate } from '../../src/database/migrate.js';
import { Pools } from '../../src/database/pools.js';
import { settleResults, type Result } from '../../src/delivery/settle-results.js';
import { notStarted } from '../../src/delivery/settle.js';
import { BatchStore } from '../../src/queue/batch.store.js';
import { claim, type Claimable, type ClaimedBatch } from '../../src/queue/claim.js';
import { backlog } from '../support/backlog.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('a claim', () => {
  let database: TestDatabase;
  let pools: Pools;
  let pool: Pool;
  let batches: BatchStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
    pools = new Pools(database.url, 40, () => undefined);
    pool = pools.work;
    batches = new BatchStore(pools);
  });
  afterAll(async () => {
    await pools.end();
    await database.drop();
  });
  const claimFor = (destinations: readonly Claimable[], startAfter = 0): Promise<readonly ClaimedBatch[]> =>
    claim(pool, new Map(destinations.map((each) => [each.id, each])), startAfter).then((result) => result.batches);
  const idsIn = async (batchId: string): Promise<string[]> => {
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM hookyard.delivery WHERE batch_id = $1', [
      batchId,
    ]);
    return rows.map(({ id }) => id);
  };
  /** The batch's deliveries end; those of a batch still under way count no more against the slots. */
  const finish = async ({ id, destinationId }: ClaimedBatch, settlement: Result['settlement']): Promise<void> => {
    const results = (await idsIn(id)).map((deliveryId): Result => ({
      deliveryId,
      batchId: id,
      destinationId,
      settlement,
      number: 1,
      startedAt: 0,
      durationMs: 1,
      excerpt: undefined,
      isProbe: false,
      runner: 'test',
    }));
    await settleResults(pool, results);
    await batches.drop(id);
  };
  const DELIVERED = {
    ...notStarted(0),
    status: 'delivered',
    attempt: 'delivered',
    counts: true,
    statusCode: 200,
    health: 'alive',
  } as const;

  it('never gives out more slots than the concurrency, however many claim at once', async () => {
    const destination = await backlog(pool, 'slots', 2_000, { limits: { concurrency: 7 } });
    let most = 0;
    let claimed = 0;
    const claimer = async (): Promise<void> => {
      for (let round = 0; round < 25; round += 1) {
        for (const batch of await claimFor([destination])) {
          claimed += batch.size;
          const { rows } = await pool.query<{ slots: number }>(
            'SELECT sum(least(slots, remaining))::int AS slots FROM hookyard.delivery_batch WHERE destination_id = $1',
            [destination.id],
          );
          most = Math.max(most, rows[0]?.slots ?? 0);
          await finish(batch, DELIVERED);
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, claimer));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(7);
    const { rows } = await pool.query<{ status: string; n: number }>(
      'SELECT status, count(*)::int AS n FROM hookyard.delivery WHERE destination_id = $1 GROUP BY 1',
      [destination.id],
    );
    // Nothing was claimed twice, nothing fell between.
    expect(rows.find(({ status }) => status === 'delivered')?.n).toBe(claimed);
    expect(rows.find(({ status }) => status === 'claimed')).toBeUndefined();
  });

  it('of many at once takes each delivery once', async () => {
    const destinations = await Promise.all(
      Array.from({ length: 5 }, (_, n) => backlog(pool, `once-${n}`, 40, { limits: { concurrency: 100 } })),
    );
    const claimed = (await Promise.all(Array.from({ length: 8 }, () => claimFor(destinations)))).flat();
    const ids = (await Promise.all(claimed.map(({ id }) => idsIn(id)))).flat();
    expect(ids).toHaveLength(200);
    expect(new Set(ids).size).toBe(200);
    await Promise.all(claimed.map((batch) => finish(batch, DELIVERED)));
  });

  it('takes no more than the rate allows, a second’s worth at first', async () => {
    const destination = await backlog(pool, 'rate', 500, { limits: { rate: '50/s', concurrency: 1_000 } });
    const startedAt = performance.now();
    let claimed = 0;
    while (performance.now() - startedAt < 1_000) {
      const both = (await Promise.all([claimFor([destination]), claimFor([destination])])).flat();
      claimed += both.reduce((sum, { size }) => sum + size, 0);
      const seconds = (performance.now() - startedAt) / 1_000;
      expect(claimed).toBeLessThanOrEqual(50 + Math.ceil(50 * seconds));
      await Promise.all(both.map((batch) => finish(batch, DELIVERED)));
      await sleep(20);
    }
    expect(claimed).toBeGreaterThanOrEqual(85);
  });

  it('counts rate tokens as of the moment it read them: what came in while it took the rows is not lost', async () => {
    const destination = await backlog(pool, 'stamped', 500, { limits: { rate: '50/s', concurrency: 1_000 } });
    await pool.query(`
      CREATE FUNCTION hookyard.dawdle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$;
      CREATE TRIGGER dawdle BEFORE UPDATE ON hookyard.delivery FOR EACH STATEMENT EXECUTE FUNCTION hookyard.dawdle()`);
    const [first] = await claimFor([destination]);
    await pool.query('DROP FUNCTION hookyard.dawdle CASCADE');
    const { rows } = await pool.query<{ ms: number }>(
      `SELECT (extract(epoch FROM clock_timestamp() - rate_refilled_at) * 1000)::float8 AS ms
       FROM hookyard.destination_gate WHERE destination_id = $1`,
      [destination.id],
    );
    expect(first?.size).toBe(50);
    expect(rows[0]?.ms).toBeGreaterThanOrEqual(400);
    await finish(first as ClaimedBatch, DELIVERED);
  });

  it('holds a batch that nobody takes for 15 s at most, and the whole lease from when it is taken', async () => {
    const leaseOf = async (batchId: string): Promise<number> => {
      const { rows } = await pool.query<{ seconds: number }>(
        `SELECT extract(epoch FROM lease_until - clock_timestamp())::float8 AS seconds
         FROM hookyard.delivery_batch WHERE id = $1`,
        [batchId],
      );
      return rows[0]?.seconds ?? 0;
    };
    const patient = await backlog(pool, 'patient', 1, { timeout: '60s' });
    const hasty = await backlog(pool, 'hasty', 1, { timeout: '1s' });
    const [long, short] = [...(await claimFor([patient, hasty]))].sort((a, b) => a.destinationId - b.destinationId) as [
      ClaimedBatch,
      ClaimedBatch,
    ];
    expect(await leaseOf(long.id)).toBeGreaterThan(10);
    expect(await leaseOf(long.id)).toBeLessThanOrEqual(15);
    expect(await leaseOf(short.id)).toBeLessThanOrEqual(7);
    await batches.take(long.id, 'test');
    expect(await leaseOf(long.id)).toBeGreaterThan(100);
    await Promise.all([finish(long, DELIVERED), finish(short, DELIVERED)]);
  });

  it('rotates: with more destinations than batches that may wait, each has its turn', async () => {
    const destinations = await Promise.all(
      Array.from({ length: 100 }, (_, n) => backlog(pool, `rotated-${n}`, 500, { limits: { concurrency: 1 } })),
    );
    const ids = destinations.map(({ id }) => id).sort((a, b) => a - b);
    const first = await claimFor(destinations);
    expect(first.length).toBeLessThan(100);
    // As many wait for a worker as may; a worker takes them.
    expect(await claimFor(destinations, first.at(-1)?.destinationId)).toEqual([]);
    await pool.query(`UPDATE hookyard.delivery_batch SET runner = 'test'`);
    await Promise.all(first.map((batch) => finish(batch, DELIVERED)));
    const second = await claimFor(destinations, Math.max(...first.map(({ destinationId }) => destinationId)));
    const served = new Set([...first, ...second].map(({ destinationId }) => destinationId));
    expect([...served].sort((a, b) => a - b)).toEqual(ids);
    await Promise.all(second.map((batch) => finish(batch, DELIVERED)));
  });

  it('through an open breaker takes one probe in all, after the cooldown, and another delivery than last time', async () => {
    const destination = await backlog(pool, 'probed', 10);
    const open = `UPDATE hookyard.destination_gate SET breaker_state = 'open', opened_until = clock_timestamp() + $2 * interval '1 ms' WHERE destination_id = $1`;
    await pool.query(open, [destination.id, 60_000]);
    expect(await claimFor([destination])).toEqual([]);
    const probed: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      await pool.query(open, [destination.id, -1]);
      const claimed = (await Promise.all(Array.from({ length: 6 }, () => claimFor([destination])))).flat();
      expect(claimed.map(({ size }) => size)).toEqual([1]);
      probed.push(...(await idsIn((claimed[0] as ClaimedBatch).id)));
      expect(await claimFor([destination])).toEqual([]);
      await finish(claimed[0] as ClaimedBatch, notStarted(0));
    }
    expect(probed[1]).not.toBe(probed[0]);
    expect(probed[2]).not.toBe(probed[1]);
  });

  it('takes nothing from a paused destination, nor before its not_before, and says when to ask again', async () => {
    const paused = await backlog(pool, 'paused', 5);
    const quiet = await backlog(pool, 'quiet', 5);
    await pool.query('UPDATE hookyard.destination_gate SET paused_at = now() WHERE destination_id = $1', [paused.id]);
    await pool.query(
      `UPDATE hookyard.destination_gate SET not_before = now() + interval '30 s' WHERE destination_id = $1`,
      [quiet.id],
    );
    const result = await claim(pool, new Map([paused, quiet].map((each) => [each.id, each])), 0);
    expect(result.batches).toEqual([]);
    expect(result.nextDueMs).toBeGreaterThan(28_000);
    expect(result.nextDueMs).toBeLessThanOrEqual(30_000);
  });
});
