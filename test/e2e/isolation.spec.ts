import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { backends } from '../support/backends.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const HANGING = Array.from({ length: 12 }, (_, n) => `hanging-${n}`);
const CONCURRENCY = 4;

describe.each(backends)('with the queue on %s and two routers on one database, a destination', (_name, redisUrl) => {
  let database: TestDatabase;
  let hanging: Receiver;
  let limited: Receiver;
  let healthy: Receiver;
  let routers: TestRouter[];
  let release: () => void;
  let released: Promise<void>;

  beforeAll(async () => {
    database = await createTestDatabase();
    [hanging, limited, healthy] = await Promise.all([Receiver.start(), Receiver.start(), Receiver.start()]);
    released = new Promise((resolve) => (release = resolve));
    hanging.answer = (_, response) => void released.then(() => response.writeHead(200).end());
    const to = (name: string, url: string, policy = 'timeout: 30s'): string =>
      `  - { name: ${name}, url: "${url}", allowPrivateNetwork: true, ${policy} }`;
    const route = (type: string, name: string): string => `  - { sourceType: stripe, types: ["${type}"], to: ${name} }`;
    const yaml = `destinations:
${HANGING.map((name) => to(name, hanging.url)).join('\n')}
${to('limited', limited.url, `limits: { concurrency: ${CONCURRENCY} }`)}
${to('rated', limited.url, 'limits: { rate: 20/s }')}
${to('healthy', healthy.url, 'retry: { schedule: [50ms, 50ms], jitter: 0 }')}
routes:
${HANGING.map((name) => route('hang', name)).join('\n')}
${route('limited', 'limited')}
${route('rated', 'rated')}
${route('healthy', 'healthy')}
`;
    routers = await Promise.all([0, 1].map(() => startRouter({ databaseUrl: database.url, redisUrl, yaml })));
  }, 20_000);
  afterAll(async () => {
    release();
    await Promise.all(routers.map((router) => router.close()));
    await Promise.all([hanging, limited, healthy].map((receiver) => receiver.stop()));
    await database.drop();
  }, 20_000);
  afterEach(() => {
    for (const receiver of [limited, healthy]) {
      receiver.received.length = 0;
      receiver.mostAtOnce = 0;
      receiver.answer = 200;
    }
  });
  const begin = (n: number, type: string): Promise<string> =>
    accepted(routers[n % routers.length] as TestRouter, 'stripe', stripeWebhook(`evt_${type}_${n}`, type));

  it('never gets more requests at once than its concurrency allows, from both together', async () => {
    limited.answer = (_, response) => void setTimeout(() => response.writeHead(200).end(), 15);
    await Promise.all(Array.from({ length: 60 }, (_, n) => begin(n, 'limited')));
    await until('all are received', () => limited.received.length === 60);
    expect(limited.mostAtOnce).toBeLessThanOrEqual(CONCURRENCY);
    expect(limited.mostAtOnce).toBeGreaterThan(1);
  });

  it('gets no more requests in a second than its rate allows, from both together', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, n) => begin(n, 'rated')));
    await until('all are received', () => limited.received.length === 50);
    const times = limited.received.map(({ at }) => at).sort((a, b) => a - b);
    // A full bucket is one second's worth; so any second holds at most two.
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
    expect(most).toBeLessThanOrEqual(42);
    expect((times.at(-1) as number) - (times[0] as number)).toBeGreaterThanOrEqual(1_400);
  });

  it('that recovers after two failures is delivered to on the third attempt', async () => {
    healthy.answer = ({ headers }, response) =>
      response.writeHead(headers['hookyard-attempt'] === '3' ? 200 : 500).end();
    const eventId = await begin(0, 'healthy');
    expect(await settledDelivery(routers[1] as TestRouter, eventId, 'healthy')).toMatchObject({
      status: 'delivered',
      attempts: 3,
    });
  });

  it('is delivered to while twelve others hang with all of their slots taken', async () => {
    // The whole weight on one process.
    await routers.pop()?.close();
    // One at a time, as they come in when nothing is busy: each becomes a batch of its own.
    for (let n = 0; n < 22; n += 1) {
      await begin(n, 'hang');
      await until('they are sent', () => hanging.received.length >= Math.min(n + 1, 20) * HANGING.length);
    }
    expect(hanging.received.length).toBe(20 * HANGING.length);
    // Every one of these gets through while not one of the hanging requests has been answered.
    for (let n = 1; n <= 10; n += 1) {
      await begin(n, 'healthy');
      await until('it is received', () => healthy.received.length === n);
    }
    expect(hanging.received.length).toBe(20 * HANGING.length);
  }, 20_000);
});
