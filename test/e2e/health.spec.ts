import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { DatabaseProxy } from '../support/database-proxy.js';
import { freePort } from '../support/free-port.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, destinationYaml, startRouter, type RouterSettings, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(30_000);

interface Probe {
  readonly code: number;
  readonly body: { status: string; data: { checks: Record<string, object> }; errors: { code: string }[] };
}

async function get(base: string, path: string): Promise<Probe> {
  const response = await request(base + path, { headers: { authorization: `Bearer ${API_KEY}` } });
  return { code: response.statusCode, body: (await response.body.json()) as Probe['body'] };
}

describe('health', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await DatabaseProxy.start(database.url);
    router = await startRouter({ databaseUrl: proxy.url });
  });
  afterEach(() => proxy.answer());
  afterAll(async () => {
    await router.close();
    await proxy.stop();
    await database.drop();
  });

  const probe = (path: string): Promise<Probe> => get(router.managementUrl, `/health/${path}`);

  it('says what it looked at, in the envelope of every answer, to whoever asks', async () => {
    const response = await request(`${router.managementUrl}/health/ready`);
    expect(response.headers['cache-control']).toBe('no-store');
    const up = { status: 'up' };
    expect(await response.body.json()).toEqual({
      status: 'ok',
      data: { checks: { process: up, database: up, queue: up } },
      errors: [],
    });
    expect(await probe('live')).toEqual({ code: 200, body: { status: 'ok', data: { checks: {} }, errors: [] } });
    expect(await probe('startup')).toEqual({
      code: 200,
      body: { status: 'ok', data: { checks: { started: up } }, errors: [] },
    });
  });

  it.each(['cut', 'blackHole'] as const)(
    'is live but not ready while the database is away (%s), and ready again after',
    async (mode) => {
      await proxy[mode]();
      const away = await until('not ready', async () => {
        const seen = await probe('ready');
        return seen.code === 503 ? seen : undefined;
      });
      expect(away.body.status).toBe('error');
      expect(away.body.errors).toMatchObject([{ code: 'NOT_READY' }]);
      expect(away.body.data.checks['database']).toMatchObject({ status: 'down' });
      // Anyone may ask: the reason names no host, user or database.
      expect(JSON.stringify(away.body)).not.toMatch(/127\.0\.0\.1|test_|hookyard/);
      expect((await probe('live')).code).toBe(200);
      await proxy.answer();
      await until('ready', async () => (await probe('ready')).code === 200);
    },
  );

  it('is not ready while migrations are missing', async () => {
    const { rows } = await database.pool.query(
      `DELETE FROM hookyard.migration WHERE id = (SELECT max(id) FROM hookyard.migration) RETURNING *`,
    );
    const { name, timestamp } = rows[0] as { name: string; timestamp: string };
    const seen = await probe('ready');
    await database.pool.query('INSERT INTO hookyard.migration (name, timestamp) VALUES ($1, $2)', [name, timestamp]);
    expect(seen.code).toBe(503);
    expect(seen.body.data.checks['database']).toMatchObject({ status: 'down', message: expect.stringContaining(name) });
    expect((await probe('ready')).code).toBe(200);
  });
});

describe('a role', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  const started: TestRouter[] = [];
  const start = async (role: string, env: RouterSettings['env'] = {}): Promise<TestRouter> => {
    const yaml = destinationYaml('inbox', receiver.url);
    const router = await startRouter({ databaseUrl: database.url, yaml, env: { HOOKYARD_ROLE: role, ...env } });
    started.push(router);
    return router;
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((router) => router.close()));
  });
  afterAll(async () => {
    await receiver.stop();
    await database.drop();
  });

  it('of intake alone stores and delivers nothing; a worker elsewhere delivers, and takes no webhooks itself', async () => {
    const intake = await start('intake');
    const answer = await send(intake.ingress('stripe'), stripeWebhook('evt_roles'));
    expect(answer.json?.status).toBe('accepted');
    expect((await get(intake.managementUrl, '/api/v1/events')).code).toBe(404);
    expect((await get(intake.managementUrl, '/health/ready')).code).toBe(200);
    // Claimed by this process's relay, and with nobody to take it.
    await until('it is claimed', async () => {
      const { rows } = await database.pool.query<{ status: string }>('SELECT status FROM hookyard.delivery');
      return rows[0]?.status === 'claimed';
    });
    expect(receiver.received).toHaveLength(0);

    const worker = await start('worker');
    await until('the worker delivers', () => receiver.received.length === 1);
    const refused = await send(worker.ingress('stripe'), stripeWebhook('evt_to_worker'));
    expect([refused.status, refused.json?.errors?.[0]?.code]).toEqual([404, 'NOT_FOUND']);
    expect((await get(worker.managementUrl, '/health/ready')).code).toBe(200);
    expect((await get(worker.managementUrl, '/api/v1/events')).code).toBe(404);
  });

  it('may have its management half on a port of its own, and then each port answers only for its half', async () => {
    const router = await start('all', { HOOKYARD_MANAGEMENT_PORT: String(await freePort()) });
    expect(router.managementUrl).not.toBe(router.url);
    const answer = await send(router.ingress('stripe'), stripeWebhook('evt_two_ports'));
    expect(answer.json?.status).toBe('accepted');
    expect((await get(router.managementUrl, '/api/v1/events')).code).toBe(200);
    expect((await get(router.managementUrl, '/health/ready')).code).toBe(200);
    for (const path of ['/api/v1/events', '/health/ready', '/health/live']) {
      expect([path, (await get(router.url, path)).code]).toEqual([path, 404]);
    }
    const wrongPort = await send(`${router.managementUrl}/webhooks/stripe`, stripeWebhook('evt_wrong_port'));
    expect([wrongPort.status, wrongPort.json?.errors?.[0]?.code]).toEqual([404, 'NOT_FOUND']);
  });
});
