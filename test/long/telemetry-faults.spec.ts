import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { AlertWatch } from '../../src/alerts/alert-watch.js';
import { Collector } from '../support/collector.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { FakeTelegram } from '../support/fake-telegram.js';
import { freePort } from '../support/free-port.js';
import { destinationAt } from '../support/operator.js';
import { hasRedis, OwnRedis } from '../support/own-redis.js';
import { RawConnection } from '../support/raw-http.js';
import { readExposition } from '../support/read-exposition.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type RouterSettings, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const STOPS_WITHIN_MS = 10_000;

describe('who watches the router', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let inbox: Receiver;
  let routers: TestRouter[];
  beforeEach(async () => {
    routers = [];
    database = await createTestDatabase();
    [proxy, inbox] = [await DatabaseProxy.start(database.url), await Receiver.start()];
  });
  afterEach(async () => {
    await proxy.answer();
    await Promise.all(routers.map((router) => router.close()));
    await Promise.all([inbox.stop(), proxy.stop()]);
    await database.drop();
  });

  async function start(settings: Partial<RouterSettings> = {}): Promise<TestRouter> {
    // A short timeout, and so short leases: what a stop could not give back is soon sent by the next process.
    const extra = 'timeout: 2s, retry: { schedule: [20ms, 20ms, 1h] }, breaker: { failures: 5, cooldown: 1h }';
    const yaml = destinationYaml('inbox', inbox.url, extra);
    const router = await startRouter({ databaseUrl: proxy.url, yaml, ...settings });
    routers.push(router);
    return router;
  }
  /** Sends so many at once; all are answered 200, and all come to the destination. */
  async function takesAndDelivers(router: TestRouter, name: string, count = 50): Promise<void> {
    const ids = Array.from({ length: count }, (_, n) => `${name}_${n}`);
    const answers = await Promise.all(ids.map((id) => send(router.ingress('stripe'), stripeWebhook(id))));
    expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(200));
    await until('all are delivered', () => ids.every((id) => delivered().has(id)));
  }
  const delivered = (): Set<string> =>
    new Set(inbox.received.map(({ body }) => (JSON.parse(body.toString()) as { data: { id: string } }).data.id));
  async function stopsInTime(router: TestRouter): Promise<void> {
    const startedAt = performance.now();
    await router.close();
    routers = routers.filter((one) => one !== router);
    expect(performance.now() - startedAt).toBeLessThan(STOPS_WITHIN_MS);
  }

  it.each(['answers', 'hangs'] as const)(
    'may scrape while it stops, and its database %s: an answer is whole or none, and what was acknowledged is delivered',
    async (databaseDoes) => {
      const router = await start();
      const acked = new Set<string>();
      let isOver = false;
      const sender = async (name: string): Promise<void> => {
        for (let n = 0; !isOver; n += 1) {
          const { status } = await send(router.ingress('stripe'), stripeWebhook(`${name}_${n}`));
          if (status === 200) acked.add(`${name}_${n}`);
        }
      };
      const whole: number[] = [];
      const scraper = async (): Promise<void> => {
        while (!isOver) {
          const { statusCode, body } = await request(`${router.managementUrl}/metrics`);
          const text = await body.text().catch((error: Error) => {
            throw new Error(`half an answer: ${error.message}`);
          });
          expect([statusCode, readExposition(text).has('hookyard_attempts_total')]).toEqual([200, true]);
          whole.push(performance.now());
        }
      };
      const refused = (error: Error & { code?: string }): void => {
        // Only what was not taken: nobody is there any more, or the connection was idle.
        expect(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']).toContain(error.code);
      };
      const work = [sender('a'), sender('b'), scraper(), scraper()].map((one) => one.catch(refused));
      await until('both are under way', () => acked.size > 20 && whole.length > 4);
      if (databaseDoes === 'hangs') proxy.blackHole();
      const stoppedAt = performance.now();
      await stopsInTime(router);
      isOver = true;
      await Promise.all(work);
      if (databaseDoes === 'answers') expect(whole.some((at) => at > stoppedAt)).toBe(true);

      await proxy.answer();
      await start();
      await until(
        'all that was acknowledged is delivered',
        () => [...acked].every((id) => delivered().has(id)),
        40_000,
      );
    },
  );

  it('is told by new connections that it stops before nobody answers, and not once that it is ready after that', async () => {
    const router = await start();
    const seen: (number | 'refused')[] = [];
    const probing = (async () => {
      while (seen.at(-1) !== 'refused') {
        const connection = await RawConnection.open(router.managementUrl).catch(() => undefined);
        connection?.write('GET /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
        const answer = await connection?.answer().catch(() => undefined);
        connection?.close();
        seen.push(answer?.status ?? 'refused');
      }
    })();
    await until('it is ready', () => seen.includes(200));
    await stopsInTime(router);
    await probing;
    const first503 = seen.indexOf(503);
    expect(first503).toBeGreaterThan(0);
    expect(seen.slice(first503)).not.toContain(200);
    expect(seen.slice(0, first503).every((status) => status === 200)).toBe(true);
  });

  it('may be a collector that takes connections and never answers: nothing waits for it, nor does the stop', async () => {
    const collector = await Collector.start();
    collector.hangs = true;
    const router = await start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    await takesAndDelivers(router, 'evt_first');
    await until('the collector was asked', () => collector.requests.length > 0);
    await takesAndDelivers(router, 'evt_second');
    await stopsInTime(router);
    await collector.stop();
  });

  it.each([
    ['429', '{"ok":false,"error_code":429,"parameters":{"retry_after":3600}}'],
    ['never', undefined],
  ])('may be a Telegram that answers %s: nothing waits for it, nor does the stop', async (_, answer) => {
    const telegram = await FakeTelegram.start();
    for (let n = 0; n < 100; n += 1) {
      telegram.instead.push((_received, response) => {
        if (answer !== undefined) response.writeHead(429).end(answer);
      });
    }
    const router = await start({ env: telegram.env });
    inbox.answer = 500;
    for (let n = 0; n < 6; n += 1) await send(router.ingress('stripe'), stripeWebhook(`evt_dying_${n}`));
    await until('the breaker is open', async () => (await destinationAt(router, 'inbox')).breaker.state === 'open');
    await router.app.get(AlertWatch).look();
    await until('Telegram was asked', () => telegram.asked > 0);
    inbox.answer = 200;
    await database.pool.query(`UPDATE hookyard.destination_gate SET opened_until = now()`);
    await until('the breaker is closed', async () => (await destinationAt(router, 'inbox')).breaker.state === 'closed');
    await takesAndDelivers(router, 'evt_meanwhile');
    // It was asked for an hour's patience, or has not answered yet: nobody asks again.
    expect(telegram.asked).toBe(1);
    await stopsInTime(router);
    await telegram.stop();
  });

  (hasRedis ? it : it.skip)(
    'is told that a worker without Redis is not ready, and that intake is, only degraded',
    async () => {
      const redis = await OwnRedis.start();
      const env = (role: string) => ({ HOOKYARD_ROLE: role });
      const intake = await start({ redisUrl: redis.url, env: env('intake') });
      const worker = await start({ redisUrl: redis.url, env: { ...env('worker'), PORT: String(await freePort()) } });
      const ready = async (router: TestRouter) => {
        const { statusCode, body } = await request(`${router.managementUrl}/health/ready`);
        const { data } = (await body.json()) as { data: { checks: Record<string, object> } };
        return { code: statusCode, queue: data.checks['queue'] };
      };
      await takesAndDelivers(intake, 'evt_before', 5);
      await redis.kill();
      await until('the worker is not ready', async () => (await ready(worker)).code === 503);
      expect(await ready(intake)).toMatchObject({ code: 200, queue: { status: 'up', degraded: true } });
      for (const router of [intake, worker]) {
        const { statusCode, body } = await request(`${router.managementUrl}/health/live`);
        await body.dump();
        expect(statusCode).toBe(200);
      }
      expect(await send(intake.ingress('stripe'), stripeWebhook('evt_meanwhile'))).toMatchObject({ status: 200 });
      await redis.launch();
      await until('the worker is ready', async () => (await ready(worker)).code === 200);
      await until('what came meanwhile is delivered', () => inbox.received.length === 6, 40_000);
      await Promise.all(routers.splice(0).map((router) => router.close()));
      await redis.kill();
    },
  );
});
