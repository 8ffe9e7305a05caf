import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { balance, NOTHING_LOST, quiescence } from '../support/ledger.js';
import { Load } from '../support/load.js';
import { hasRedis, OwnRedis } from '../support/own-redis.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml } from '../support/router.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const POLICY = 'timeout: 1s, retry: { schedule: [200ms, 500ms, 1s, 1s, 1s] }';

(hasRedis ? describe : describe.skip)('when Redis loses everything', () => {
  let database: TestDatabase;
  let redis: OwnRedis;
  let receiver: Receiver;
  let router: SpawnedRouter;
  let load: Load;

  beforeEach(async () => {
    database = await createTestDatabase();
    redis = await OwnRedis.start();
    receiver = await Receiver.start();
    receiver.answer = (_, response) => void setTimeout(() => response.writeHead(200).end('ok'), Math.random() * 20);
    router = await SpawnedRouter.start({
      databaseUrl: database.url,
      redisUrl: redis.url,
      yaml: destinationYaml('inbox', receiver.url, POLICY),
    });
    load = new Load('flush', () => [router.ingress('stripe')]);
  }, 30_000);
  afterEach(async () => {
    await load.stop();
    await router.remove();
    await redis.kill();
    await receiver.stop();
    await database.drop();
  }, 30_000);

  const settle = async (what: string, figures: object): Promise<void> => {
    await load.stop();
    const stoppedAt = performance.now();
    await quiescence(database.pool);
    const found = await balance(load, database.pool, receiver);
    const all = { ...found, ...figures, allSettledAfterLoadMs: Math.round(performance.now() - stoppedAt) };
    process.stdout.write(`${what}: ${JSON.stringify({ ...all, answers: Object.fromEntries(load.answers) })}\n`);
    expect(found).toMatchObject(NOTHING_LOST);
    expect(found.duplicates).toBe(0);
    // The queue is no part of taking a webhook in: not one sender was turned away.
    expect([...load.answers.keys()]).toEqual(['accepted']);
    expect([router.isUp, router.complaints]).toEqual([true, []]);
  };

  it('loses nothing and sends nothing twice when it is emptied (FLUSHALL) five times under load', async () => {
    const admin = new Redis(redis.url);
    load.start(8, 20);
    const goesOnMs: number[] = [];
    for (let n = 1; n <= 5; n += 1) {
      const before = load.acked.size;
      await until('some are acknowledged', () => load.acked.size > before + 50);
      await sleep(Math.random() * 50);
      await admin.flushall();
      const [received, flushedAt] = [receiver.received.length, performance.now()];
      await until('deliveries go on', () => receiver.received.length > received);
      goesOnMs.push(Math.round(performance.now() - flushedAt));
    }
    admin.disconnect();
    await settle('FLUSHALL', { goesOnMs });
  }, 90_000);

  it('loses nothing and goes on when it is killed and comes back empty, and takes webhooks all the while', async () => {
    load.start(8, 20);
    await until('some are acknowledged', () => load.acked.size > 100);
    await redis.kill();
    const acked = load.acked.size;
    await until('webhooks are taken without it', () => load.acked.size > acked + 200);
    await until(
      'a worker without its queue is not ready',
      async () => (await request(`${router.url}/health/ready`)).statusCode === 503,
    );
    await redis.launch();
    const [received, backAt] = [receiver.received.length, performance.now()];
    await until('deliveries go on', () => receiver.received.length > received);
    const goesOnMs = Math.round(performance.now() - backAt);
    await until('it is ready', async () => (await request(`${router.url}/health/ready`)).statusCode === 200);
    await settle('Redis killed', { goesOnMs });
  }, 90_000);
});
