import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pools } from '../../src/database/pools.js';
import { settleResults, type Result } from '../../src/delivery/settle-results.js';
import { notStarted, type Settlement } from '../../src/delivery/settle.js';
import { BatchStore } from '../../src/queue/batch.store.js';
import { claim } from '../../src/queue/claim.js';
import { backlog } from '../support/backlog.js';
import { migrate } from '../../src/database/migrate.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const FAILED: Settlement = {
  ...notStarted(0),
  attempt: 'failed',
  counts: true,
  statusCode: 500,
  errorClass: 'HTTP_5XX',
  health: 'failed',
};
const DELIVERED: Settlement = {
  ...notStarted(0),
  status: 'delivered',
  attempt: 'delivered',
  counts: true,
  statusCode: 200,
  health: 'alive',
};

describe('a consumer whose lease ran out', () => {
  let database: TestDatabase;
  let pools: Pools;
  let batches: BatchStore;
  let first: string;
  let second: string;
  let deliveryIds: string[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
    pools = new Pools(database.url, 12, () => undefined);
    batches = new BatchStore(pools);
    const destination = await backlog(database.pool, 'inbox', 3);
    const claimOne = async (): Promise<string> => {
      const result = await claim(pools.work, new Map([[destination.id, destination]]), 0);
      return result.batches[0]?.id ?? '';
    };
    first = await claimOne();
    await batches.take(first, 'slow');
    await database.pool.query(`UPDATE hookyard.delivery_batch SET lease_until = clock_timestamp() - interval '1 ms'`);
    await batches.reap();
    // Given back, perhaps for later; this test has no time.
    const given = await database.pool.query(
      `UPDATE hookyard.delivery SET next_attempt_at = now() WHERE status = 'pending'`,
    );
    expect(given.rowCount).toBe(3);
    second = await claimOne();
    const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM hookyard.delivery ORDER BY id');
    deliveryIds = rows.map(({ id }) => id);
  });
  afterEach(async () => {
    await pools.end();
    await database.drop();
  });
  const settleLate = (settlement: Settlement): Promise<unknown> => {
    const [deliveryId = ''] = deliveryIds;
    const result: Result = {
      deliveryId,
      batchId: first,
      destinationId: 1,
      settlement,
      number: 1,
      startedAt: 0,
      durationMs: 1,
      excerpt: undefined,
      isProbe: false,
      runner: 'slow',
    };
    return settleResults(pools.work, [result]);
  };
  const rowOf = async (id: string | undefined): Promise<unknown> =>
    (await database.pool.query('SELECT status, batch_id, attempts FROM hookyard.delivery WHERE id = $1', [id])).rows[0];

  it('does not take or renew what is no longer its own', async () => {
    expect(await batches.take(first, 'slow')).toBeUndefined();
    expect(await batches.renew([first], 'slow')).toEqual(new Set());
    expect(await batches.renew([second], 'slow')).toEqual(new Set());
  });

  it('changes nothing with a failure that comes late; the attempt is recorded', async () => {
    await settleLate(FAILED);
    expect(await rowOf(deliveryIds[0])).toEqual({ status: 'claimed', batch_id: second, attempts: 0 });
    expect((await database.pool.query('SELECT outcome FROM hookyard.attempt')).rows).toEqual([{ outcome: 'failed' }]);
  });

  it('makes it delivered with a 2xx that comes late: the destination has it', async () => {
    await settleLate(DELIVERED);
    expect(await rowOf(deliveryIds[0])).toEqual({ status: 'delivered', batch_id: null, attempts: 1 });
    expect(await rowOf(deliveryIds[1])).toEqual({ status: 'claimed', batch_id: second, attempts: 0 });
  });

  it('does not take it back when somebody else’s failure follows the 2xx', async () => {
    await settleLate(DELIVERED);
    const [deliveryId = ''] = deliveryIds;
    await settleResults(pools.work, [
      {
        deliveryId,
        batchId: second,
        destinationId: 1,
        settlement: FAILED,
        number: 1,
        startedAt: 0,
        durationMs: 1,
        excerpt: undefined,
        isProbe: false,
        runner: 'fast',
      },
    ]);
    expect(await rowOf(deliveryId)).toEqual({ status: 'delivered', batch_id: null, attempts: 1 });
  });

  it('of two consumers that get one job, one takes the batch', async () => {
    const taken = await Promise.all(['a', 'b', 'c', 'd'].map((runner) => batches.take(second, runner)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});
