import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { freePort } from '../support/free-port.js';
import { RawConnection } from '../support/raw-http.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('the management port', () => {
  let database: TestDatabase;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    const env = { HOOKYARD_MANAGEMENT_PORT: String(await freePort()) };
    router = await startRouter({ databaseUrl: database.url, env });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const get = async (path: string): Promise<{ code: number; headers: Record<string, unknown>; text: string }> => {
    const { statusCode, headers, body } = await request(router.managementUrl + path);
    return { code: statusCode, headers, text: await body.text() };
  };

  it.each([
    ['/health/live', 200],
    ['/health/ready', 200],
    ['/metrics', 200],
    ['/api/docs', 200],
    ['/ui', 200],
    ['/ui/nothing.js', 404],
    ['/nothing', 404],
  ])('keeps what %s answers from being framed, sniffed or embedded', async (path, code) => {
    const answer = await get(path);
    expect(answer.code).toBe(code);
    expect(answer.headers).toMatchObject({
      'cache-control': expect.stringMatching(/^no-(store|cache)$/),
      'content-security-policy': expect.stringMatching(/^default-src 'none';.*frame-ancestors 'none'/),
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  });

  it('adds nothing to the answer of a webhook', async () => {
    const { body, headers: sent } = stripeWebhook('evt_bare_answer');
    const { headers, ...answer } = await request(router.ingress('stripe'), { method: 'POST', body, headers: sent });
    expect(JSON.parse(await answer.body.text())).toMatchObject({ status: 'accepted' });
    expect(Object.keys(headers).filter((name) => /policy|frame|sniff/.test(name))).toEqual([]);
  });

  it('takes so many connections and no more, webhooks come in meanwhile, and it recovers', async () => {
    const { port } = new URL(router.managementUrl);
    const sockets: Socket[] = [];
    let closed = 0;
    for (let n = 0; n < 600; n += 1) {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined).on('close', () => (closed += 1));
      sockets.push(socket);
      await once(socket, 'connect');
    }
    // A few may be held by the client that the tests before have used.
    await until('those over the limit are closed', () => closed >= 600 - 512);
    expect(closed).toBeLessThan(600 - 512 + 20);
    expect(await send(router.ingress('stripe'), stripeWebhook('evt_crowded'))).toMatchObject({ status: 200 });
    for (const socket of sockets) socket.destroy();
    await until('it answers again', async () => (await get('/health/live').catch(() => undefined))?.code === 200);
  });

  it('cuts off who does not say what it wants', async () => {
    const silent = await RawConnection.open(router.managementUrl);
    const slow = await RawConnection.open(router.managementUrl);
    slow.write('GET /metrics HTTP/1.1\r\nHost: a\r\n');
    expect(await slow.answer({ withinMs: 20_000 })).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
    await Promise.all([slow.ended(), silent.ended()]);
  });

  // The last one: this address has to wait afterwards.
  it('gives pages and the document of the API to one address so and so often; probes, metrics and keys do not count', async () => {
    for (const path of ['/ui/ui.css', '/ui', '/api/docs', '/api/openapi.json']) {
      const refused = await until(`${path} is refused`, async () => {
        const answers = await Promise.all(Array.from({ length: 30 }, () => get(path)));
        return answers.find(({ code }) => code !== 200);
      });
      expect(refused).toMatchObject({ code: 429, headers: { 'retry-after': '1' } });
      expect(JSON.parse(refused.text)).toMatchObject({ errors: [{ code: 'RATE_LIMITED' }] });
    }
    for (const path of ['/health/ready', '/metrics']) expect((await get(path)).code).toBe(200);
    const authorization = `Bearer ${API_KEY}`;
    const { statusCode, body } = await request(`${router.managementUrl}/api/v1/events`, { headers: { authorization } });
    await body.dump();
    expect(statusCode).toBe(200);
  });
});
