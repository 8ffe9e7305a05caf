import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { backends } from '../support/backends.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

/** A real lease lasts twice the timeout and 5 s more; a test has no such patience. */
async function shortenLeases(database: TestDatabase, ms: number): Promise<void> {
  await database.pool.query(`
    CREATE FUNCTION hookyard.shorten() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.lease_ms := ${ms}; NEW.lease_until := clock_timestamp() + interval '${ms} ms'; RETURN NEW; END $$;
    CREATE TRIGGER shorten BEFORE INSERT ON hookyard.delivery_batch FOR EACH ROW EXECUTE FUNCTION hookyard.shorten()`);
}

describe.each(backends)('with the queue on %s', (backend, redisUrl) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let routers: TestRouter[];

  beforeEach(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    routers = [];
  });
  afterEach(async () => {
    await Promise.all(routers.map((router) => router.close()));
    await receiver.stop();
    await database.drop();
  }, 20_000);
  const start = async (policy: string, role: string): Promise<TestRouter> => {
    const yaml = destinationYaml('inbox', receiver.url, policy);
    const router = await startRouter({ databaseUrl: database.url, redisUrl, yaml, env: { HOOKYARD_ROLE: role } });
    routers.push(router);
    return router;
  };
  const claimed = async (): Promise<number> =>
    (await database.pool.query(`SELECT 1 FROM hookyard.delivery WHERE status = 'claimed'`)).rows.length;

  /** Takes events in while nothing is claimed, so that the first batch is full: five of one slot, one after another. */
  const gathered = async (takeIn: () => Promise<string[]>): Promise<string[]> => {
    await database.pool.query('UPDATE hookyard.destination_gate SET paused_at = now()');
    const ids = await takeIn();
    await database.pool.query('UPDATE hookyard.destination_gate SET paused_at = NULL');
    return ids;
  };

  it('a batch whose job is lost is claimed again when its lease runs out', async () => {
    const intake = await start('timeout: 100ms', 'intake,api');
    await shortenLeases(database, 1_000);
    const eventId = await accepted(intake, 'stripe', stripeWebhook('evt_lost'));
    await until('it is claimed', async () => (await claimed()) === 1);
    const { rows } = await database.pool.query<{ id: string }>(
      'SELECT installation_id AS id FROM hookyard.configuration',
    );
    const waiting = async (): Promise<number> => {
      if (!redisUrl) return (await database.pool.query('DELETE FROM bullmq.job')).rowCount ?? 0;
      const redis = new Redis(redisUrl);
      const keys = await redis.keys(`hookyard-${rows[0]?.id}:*b_*`);
      await redis.eval(
        `for _, key in ipairs(redis.call('keys', ARGV[1])) do redis.call('del', key) end`,
        0,
        `hookyard-${rows[0]?.id}:*`,
      );
      redis.disconnect();
      return keys.length;
    };
    await until(`the job has vanished from ${backend}`, async () => (await waiting()) > 0);
    await start('timeout: 100ms', 'worker');
    expect(await settledDelivery(intake, eventId, 'inbox')).toMatchObject({ status: 'delivered', attempts: 1 });
    expect(receiver.received).toHaveLength(1);
  });

  it('jobs do not pile up while no worker is up: a batch that nobody takes goes with its job', async () => {
    const intake = await start('timeout: 100ms', 'intake,api');
    await shortenLeases(database, 100);
    await accepted(intake, 'stripe', stripeWebhook('evt_no_worker'));
    const batches = new Set<string>();
    await until('several batches have come and gone', async () => {
      const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM hookyard.delivery_batch');
      for (const { id } of rows) batches.add(id);
      return batches.size >= 4;
    });
    const installation = await database.pool.query<{ id: string }>(
      'SELECT installation_id AS id FROM hookyard.configuration',
    );
    const jobs = async (): Promise<number> => {
      if (!redisUrl) return (await database.pool.query('SELECT 1 FROM bullmq.job')).rows.length;
      const redis = new Redis(redisUrl);
      const keys = await redis.keys(`hookyard-${installation.rows[0]?.id}:*:b_*`);
      redis.disconnect();
      return keys.length;
    };
    await until('only the newest has a job', async () => (await jobs()) <= 1, 3_000);
  });

  it('renewal keeps a batch that takes longer than its lease: each delivery is sent once', async () => {
    const router = await start('timeout: 700ms, limits: { concurrency: 1 }', 'all');
    await shortenLeases(database, 2_000);
    receiver.answer = (_, response) => void setTimeout(() => response.writeHead(200).end(), 450);
    const ids = await gathered(() =>
      Promise.all([1, 2, 3, 4, 5].map((n) => accepted(router, 'stripe', stripeWebhook(`evt_long_${n}`)))),
    );
    const settled = await Promise.all(ids.map((id) => settledDelivery(router, id, 'inbox')));
    expect(settled.map(({ status, attempts }) => [status, attempts])).toEqual(Array(5).fill(['delivered', 1]));
    expect(receiver.received).toHaveLength(5);
    expect(receiver.mostAtOnce).toBe(1);
    const { rows } = await database.pool.query<{ runs: number }>(
      'SELECT count(DISTINCT runner)::int AS runs FROM hookyard.attempt',
    );
    expect(rows).toEqual([{ runs: 1 }]);
  }, 20_000);

  it('stopping finishes what is under way and gives back what has not started', async () => {
    const router = await start('timeout: 5s, limits: { concurrency: 1 }', 'all');
    receiver.answer = (_, response) => void setTimeout(() => response.writeHead(200).end(), 400);
    const COUNT = 12;
    const ids = await gathered(() =>
      Promise.all(Array.from({ length: COUNT }, (_, n) => accepted(router, 'stripe', stripeWebhook(`evt_stop_${n}`)))),
    );
    await until('a batch is at work with most of it before it', async () => (await claimed()) >= 4);
    await router.close();
    routers.length = 0;
    const sent = receiver.received.length;
    expect(sent).toBeLessThan(COUNT);
    const { rows } = await database.pool.query<{ status: string; attempts: number; n: number }>(
      'SELECT status, attempts, count(*)::int AS n FROM hookyard.delivery GROUP BY 1, 2 ORDER BY 1',
    );
    expect(rows).toEqual([
      { status: 'delivered', attempts: 1, n: sent },
      { status: 'pending', attempts: 0, n: COUNT - sent },
    ]);
    expect((await database.pool.query('SELECT 1 FROM hookyard.delivery_batch')).rows).toEqual([]);
    receiver.answer = 200;
    const again = await start('timeout: 5s, limits: { concurrency: 1 }', 'all');
    const settled = await Promise.all(ids.map((id) => settledDelivery(again, id, 'inbox')));
    expect(settled.map(({ attempts }) => attempts)).toEqual(Array(COUNT).fill(1));
    expect(receiver.received).toHaveLength(COUNT);
  }, 20_000);
});
