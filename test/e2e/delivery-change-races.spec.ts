import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId } from '../../src/database/ids.js';
import { migrate } from '../../src/database/migrate.js';
import { Pools } from '../../src/database/pools.js';
import { settleResults, type Result } from '../../src/delivery/settle-results.js';
import { notStarted, type Settlement } from '../../src/delivery/settle.js';
import { claim, type Claimable } from '../../src/queue/claim.js';
import { changeDelivery } from '../../src/replay/change-delivery.js';
import { backlog } from '../support/backlog.js';
import { storeDeadLetters } from '../support/stored-events.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

/** What operators do at the very moment at which the router works on the same delivery. */
describe('an operator’s change that meets', () => {
  let database: TestDatabase;
  let pools: Pools;
  let destination: Claimable;
  let id: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
    pools = new Pools(database.url, 16, () => undefined);
    destination = await backlog(pools.work, 'billing', 0);
    await pools.work.query(
      `INSERT INTO hookyard.source (slug, type, settings, secrets_sealed) VALUES ('stripe', 'stripe', '{}', '')`,
    );
  });
  afterAll(async () => {
    await pools.end();
    await database.drop();
  });
  beforeEach(async () => {
    for (const table of ['delivery', 'delivery_batch', 'attempt'])
      await pools.work.query(`DELETE FROM hookyard.${table}`);
    [id = ''] = await storeDeadLetters(pools.work, 'stripe', 'billing', 1);
  });

  const be = (status: string, batchId: string | null = null): Promise<unknown> =>
    pools.work.query(
      `UPDATE hookyard.delivery SET status = $2, batch_id = $3, dead_reason = NULL, settled_at = NULL, next_attempt_at = now() WHERE id = $1`,
      [id, status, batchId],
    );
  const status = async (): Promise<string | undefined> =>
    (await pools.work.query<{ status: string }>('SELECT status FROM hookyard.delivery WHERE id = $1', [id])).rows[0]
      ?.status;
  const settle = (batchId: string, settlement: Partial<Settlement>): Promise<unknown> => {
    const result: Result = {
      deliveryId: id,
      batchId,
      destinationId: destination.id,
      settlement: { ...notStarted(0), attempt: 'failed', counts: true, ...settlement },
      number: 7,
      startedAt: performance.now(),
      durationMs: 1,
      excerpt: undefined,
      isProbe: false,
      runner: 'me',
    };
    return settleResults(pools.work, [result]);
  };
  const OK = { status: 'delivered', attempt: 'delivered' } as const;

  /** `first` runs in a transaction that commits only when `second` waits for its lock. */
  async function inTurn(first: string, values: unknown[], second: () => Promise<unknown>): Promise<unknown> {
    const client = await database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(first, values);
      const waiting = second();
      await until('it waits for the row', async () => {
        const { rowCount } = await database.pool.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
        );
        return rowCount;
      });
      await client.query('COMMIT');
      return await waiting;
    } finally {
      client.release();
    }
  }

  it('a claim: a retry that comes second finds it being sent, and does not begin a round beside it', async () => {
    await be('pending');
    const batchId = newId();
    const outcome = await inTurn(
      `UPDATE hookyard.delivery SET status = 'claimed', batch_id = $2 WHERE id = $1`,
      [id, batchId],
      () => changeDelivery(pools.work, id, 'retry'),
    );
    expect(outcome).toEqual({ outcome: 'wrong-status', status: 'claimed' });
    expect(await status()).toBe('claimed');
  });

  it('a claim: of many retries and claims at once, one claim has it, in one batch', async () => {
    for (let round = 0; round < 10; round += 1) {
      await be('pending');
      await pools.work.query('DELETE FROM hookyard.delivery_batch');
      const claims = Array.from({ length: 3 }, () => claim(pools.work, new Map([[destination.id, destination]]), 0));
      const retries = Array.from({ length: 3 }, () => changeDelivery(pools.work, id, 'retry'));
      await Promise.all([...claims, ...retries]);
      // Whoever of them came first, one more look claims what is left.
      await claim(pools.work, new Map([[destination.id, destination]]), 0);
      expect(await status()).toBe('claimed');
      const { rows } = await pools.work.query<{ n: number }>(
        'SELECT sum(remaining)::int AS n FROM hookyard.delivery_batch',
      );
      expect(rows).toEqual([{ n: 1 }]);
    }
  });

  it('another retry: the second of two makes no second round', async () => {
    await be('dead');
    const outcome = await inTurn(
      `UPDATE hookyard.delivery SET status = 'pending', round_attempts = 0, next_attempt_at = now() WHERE id = $1`,
      [id],
      () => changeDelivery(pools.work, id, 'retry'),
    );
    // It was pending by then, which is what it asked for.
    expect(outcome).toEqual({ outcome: 'changed', before: 'pending' });
    const { batches } = await claim(pools.work, new Map([[destination.id, destination]]), 0);
    expect(batches.map(({ size }) => size)).toEqual([1]);
  });

  it('a 2xx: a cancel of what is being sent is refused, and the 2xx stands', async () => {
    const batchId = newId();
    await be('claimed', batchId);
    expect(await changeDelivery(pools.work, id, 'cancel')).toEqual({ outcome: 'wrong-status', status: 'claimed' });
    await settle(batchId, OK);
    expect(await status()).toBe('delivered');
    expect(await changeDelivery(pools.work, id, 'cancel')).toEqual({ outcome: 'wrong-status', status: 'delivered' });
  });

  it('a 2xx that comes late, of one whose lease had run out, wins over the cancel and over the retry', async () => {
    const batchId = newId();
    for (const change of ['cancel', 'retry'] as const) {
      await be('pending');
      expect(await changeDelivery(pools.work, id, change)).toEqual({ outcome: 'changed', before: 'pending' });
      await settle(batchId, { status: 'pending', delayMs: 1_000 });
      expect(await status()).toBe(change === 'cancel' ? 'cancelled' : 'pending');
      await settle(batchId, OK);
      expect(await status()).toBe('delivered');
    }
  });

  it('a release: a cancel that waited for it finds it pending, and cancels it', async () => {
    await be('held');
    const outcome = await inTurn(`UPDATE hookyard.delivery SET status = 'pending' WHERE id = $1`, [id], () =>
      changeDelivery(pools.work, id, 'cancel'),
    );
    expect(outcome).toEqual({ outcome: 'changed', before: 'pending' });
    expect(await status()).toBe('cancelled');
  });

  it('the removal of its destination: a retry is refused', async () => {
    await pools.work.query('UPDATE hookyard.destination SET deleted_at = now()');
    try {
      await be('dead');
      expect(await changeDelivery(pools.work, id, 'retry')).toEqual({ outcome: 'destination-removed' });
      expect(await status()).toBe('dead');
    } finally {
      await pools.work.query('UPDATE hookyard.destination SET deleted_at = NULL');
    }
  });
});
