import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ActivityFlusher } from '../../src/activity/activity-flusher.js';
import { ActivityStore, type ActivitySum } from '../../src/activity/activity.store.js';
import { quantileMs } from '../../src/activity/latencies.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { rawStripeWebhook, send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

/** All that was ever counted. */
const EVER = [{ from: new Date(0), to: new Date('2100-01-01') }];

describe('what came in and went out', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let receiver: Receiver;
  let routers: TestRouter[];
  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await DatabaseProxy.start(database.url);
    receiver = await Receiver.start();
    const yaml = destinationYaml('inbox', receiver.url, 'retry: { schedule: [50ms] }, breaker: { failures: 100 }');
    routers = [
      await startRouter({ databaseUrl: proxy.url, yaml }),
      await startRouter({ databaseUrl: proxy.url, yaml }),
    ];
  });
  afterAll(async () => {
    await Promise.all(routers.map((router) => router.close()));
    await receiver.stop();
    await proxy.stop();
    await database.drop();
  });

  const router = (n = 0): TestRouter => routers[n] as TestRouter;
  const flush = (): Promise<unknown> => Promise.all(routers.map(({ app }) => app.get(ActivityFlusher).flush()));
  async function counted(name: string): Promise<ActivitySum | undefined> {
    await flush();
    return (await router().app.get(ActivityStore).sums(EVER)).find((sum) => sum.name === name);
  }

  it('is counted per source and destination, and added up over processes', async () => {
    await send(router(0).ingress('stripe'), stripeWebhook('evt_activity_1'));
    await send(router(1).ingress('stripe'), stripeWebhook('evt_activity_2'));
    await send(router(1).ingress('stripe'), stripeWebhook('evt_activity_1'));
    await send(router(0).ingress('stripe'), rawStripeWebhook(Buffer.from('{}'), { secret: 'whsec_other' }));
    const inbox = await until('both are delivered', async () => {
      const sum = await counted('inbox');
      return sum?.delivered === 2 ? sum : undefined;
    });
    expect(inbox).toMatchObject({ kind: 'destination', attempts: 2, retries: 0, failed: 0, dead: 0 });
    const stripe = await counted('stripe');
    expect(stripe).toMatchObject({ kind: 'source', received: 2, duplicates: 1, conflicts: 0, refused: 1 });
    expect(stripe?.latencies.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(quantileMs(inbox.latencies, 0.95)).toBeGreaterThan(0);
    const { rows } = await database.pool.query<{ age: number }>(
      `SELECT extract(epoch FROM now() - max(last_at))::float8 AS age FROM hookyard.activity WHERE name = 'stripe'`,
    );
    expect(rows[0]?.age).toBeGreaterThan(0);
  });

  it('tells attempts that failed, retries and dead letters', async () => {
    receiver.answer = 500;
    await send(router().ingress('stripe'), stripeWebhook('evt_activity_3'));
    const inbox = await until('it is dead', async () => {
      const sum = await counted('inbox');
      return sum?.dead === 1 ? sum : undefined;
    });
    expect(inbox).toMatchObject({ attempts: 4, retries: 1, failed: 2, delivered: 2 });
    receiver.answer = 200;
  });

  it('is kept in memory while the database is away, and written when it is back', async () => {
    const before = await counted('stripe');
    await send(router().ingress('stripe'), rawStripeWebhook(Buffer.from('{}'), { secret: 'whsec_other' }));
    await proxy.cut();
    await flush();
    await proxy.answer();
    const after = await until('the database takes it', async () => {
      const sum = await counted('stripe').catch(() => undefined);
      return sum?.refused === (before?.refused ?? 0) + 1 ? sum : undefined;
    });
    expect(after.received).toBe(before?.received);
  });

  it('is written when a process stops, and swept after five weeks', async () => {
    const before = await counted('stripe');
    const last = await startRouter({ databaseUrl: proxy.url, yaml: destinationYaml('inbox', receiver.url) });
    await send(last.ingress('stripe'), rawStripeWebhook(Buffer.from('{}'), { secret: 'whsec_other' }));
    await last.close();
    expect((await counted('stripe'))?.refused).toBe((before?.refused ?? 0) + 1);
    await database.pool.query(`UPDATE hookyard.activity SET bucket = bucket - interval '36 days' WHERE name = 'inbox'`);
    await router().app.get(ActivityStore).sweep();
    expect(await counted('inbox')).toBeUndefined();
    expect(await counted('stripe')).toBeDefined();
  });
});
