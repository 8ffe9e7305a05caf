/** `POST /destinations/:name/test`: a delivery's request, now, of which nothing is kept. */
import { Injectable, Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { WebhookHandler } from '../../src/delivery/handlers/webhook-handler.js';
import { apiCall, makeKey, type ApiCallAnswer } from '../support/api-call.js';
import { accepted } from '../support/deliveries.js';
import { freePort } from '../support/free-port.js';
import { Receiver, type Received } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const [FIRST, SECOND] = [secretOf(1), secretOf(2)] as const;
const RESIGN = 'whsec_the_receivers_own_secret';
const HEADER = 'Bearer the-destinations-own-token';

let handled = 0;

@Injectable()
class Inside {
  @WebhookHandler({ name: 'inside', sourceType: 'stripe', types: ['inside'] })
  run(): void {
    handled += 1;
  }
}

@Module({ providers: [Inside] })
class InsideModule {}

describe('a test of a destination', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let yaml: string;
  const options = { imports: [InsideModule] };

  beforeAll(async () => {
    [database, receiver] = await Promise.all([createTestDatabase(), Receiver.start()]);
    const at = (path: string): string => `url: "${receiver.url}/${path}", allowPrivateNetwork: true`;
    yaml = `destinations:
  - { name: inbox, ${at('inbox')}, signingSecrets: ["${FIRST}", "${SECOND}"], headers: { authorization: "${HEADER}" } }
  - { name: raw, ${at('raw')}, payload: raw }
  - { name: resigned, ${at('resigned')}, payload: raw, resignWith: "${RESIGN}" }
  - { name: hasty, ${at('hasty')}, timeout: 200ms }
  - { name: patient, ${at('patient')} }
  - { name: walled, ${at('walled')} }
  - { name: nobody, url: "http://127.0.0.1:${await freePort()}/", allowPrivateNetwork: true }
routes:
  - { source: stripe, types: ["paid"], to: raw }
  - { sourceType: stripe, types: ["never"], to: resigned }
`;
    router = await startRouter({ databaseUrl: database.url, yaml, options });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });
  beforeEach(() => {
    receiver.answer = 200;
    receiver.received.length = 0;
  });

  const tryOut = (name: string, more: Parameters<typeof apiCall>[3] = {}, at = router): Promise<ApiCallAnswer> =>
    apiCall(at.managementUrl, 'POST', `/destinations/${name}/test`, more);
  const only = (): Received => {
    expect(receiver.received).toHaveLength(1);
    return receiver.received[0] as Received;
  };
  const codeOf = ({ code, body }: ApiCallAnswer): unknown[] => [code, body.errors[0]?.code];
  /** Answers of the receiver are kept back until there are so many requests; gives them. */
  const held = async (count: number, work: () => unknown): Promise<ServerResponse[]> => {
    const responses: ServerResponse[] = [];
    receiver.answer = (_, response) => void responses.push(response);
    work();
    await until(`${count} requests`, () => responses.length === count);
    return responses;
  };

  it('sends what a delivery is sent as: signed with each secret, with the destination’s headers, marked as a test', async () => {
    const { code, body } = await tryOut('inbox');
    expect(code).toBe(200);
    const { path, headers, body: sent } = only();
    expect([path, headers['authorization'], headers['hookyard-test']]).toEqual(['/hook/inbox', HEADER, 'true']);
    for (const secret of [FIRST, SECOND]) {
      expect(new Webhook(secret).verify(sent.toString(), headers as Record<string, string>)).toMatchObject({
        specversion: '1.0',
        type: 'hookyard.test',
        id: headers['webhook-id'],
      });
    }
    expect(body.data).toEqual({
      outcome: 'delivered',
      statusCode: 200,
      errorClass: null,
      durationMs: expect.any(Number),
      responseExcerpt: 'ok',
      requestHeaders: {
        'user-agent': 'Hookyard',
        'content-type': headers['content-type'],
        authorization: '[redacted]',
        'webhook-id': headers['webhook-id'],
        'webhook-timestamp': headers['webhook-timestamp'],
        'webhook-signature': '[redacted]',
        'idempotency-key': headers['idempotency-key'],
        'hookyard-attempt': '1',
        'hookyard-test': 'true',
        traceparent: headers['traceparent'],
      },
    });
  });

  it('raw: is plain JSON, signed by the scheme of what is routed there, so that Stripe’s own SDK accepts it', async () => {
    await tryOut('resigned');
    const { headers, body } = only();
    expect(headers['content-type']).toBe('application/json');
    const signature = String(headers['stripe-signature']);
    expect(new Stripe('sk_test_unused').webhooks.constructEvent(body, signature, RESIGN)).toMatchObject({
      type: 'hookyard.test',
      destination: 'resigned',
    });
  });

  it.each([
    [500, { outcome: 'failed', errorClass: 'HTTP_5XX' }],
    [302, { outcome: 'failed', errorClass: 'HTTP_3XX' }],
    [410, { outcome: 'failed', errorClass: 'HTTP_4XX' }],
    [429, { outcome: 'deferred', errorClass: 'HTTP_4XX' }],
  ])('says that it was answered %d, and answers 200 itself', async (status, expected) => {
    receiver.answer = (_, response) =>
      response.writeHead(status, { location: `${receiver.url}/elsewhere`, 'retry-after': '60' }).end(`not ${HEADER}`);
    const { code, body } = await tryOut('inbox');
    expect([code, body.data]).toEqual([
      200,
      expect.objectContaining({ ...expected, statusCode: status, responseExcerpt: 'not [redacted]' }),
    ]);
    expect(only().path).toBe('/hook/inbox');
    // Neither paused nor asked to wait.
    const { data } = await router.api('/destinations/inbox');
    expect(data).toMatchObject({ paused: false, notBefore: null });
  });

  it('says that the connection was refused', async () => {
    const { code, body } = await tryOut('nobody');
    expect([code, body.data]).toEqual([
      200,
      expect.objectContaining({ outcome: 'failed', statusCode: null, errorClass: 'CONNECTION_REFUSED' }),
    ]);
  });

  it('takes no longer than the destination’s timeout', async () => {
    receiver.answer = () => undefined;
    const { code, body } = await tryOut('hasty');
    expect([code, body.data]).toEqual([200, expect.objectContaining({ outcome: 'failed', errorClass: 'TIMEOUT' })]);
    // Far below the default, on a slow machine too.
    expect(Number(body.data['durationMs'])).toBeLessThan(10_000);
  });

  it('goes out while the destination is paused and its breaker is open, and changes neither', async () => {
    await apiCall(router.managementUrl, 'POST', '/destinations/patient/pause');
    await apiCall(router.managementUrl, 'POST', '/destinations/patient/breaker', { body: { state: 'open' } });
    const before = await router.api('/destinations/patient');
    expect((await tryOut('patient')).body.data).toMatchObject({ outcome: 'delivered' });
    expect(only().path).toBe('/hook/patient');
    expect(await router.api('/destinations/patient')).toEqual(before);
    expect(before.data).toMatchObject({ paused: true, breaker: { state: 'open' } });
  });

  it('goes nowhere where deliveries may not go, by the configuration of this very moment', async () => {
    expect((await tryOut('walled')).body.data).toMatchObject({ outcome: 'delivered' });
    await database.pool.query(
      `WITH walled AS (UPDATE hookyard.destination SET settings = settings - 'allowPrivateNetwork' WHERE name = 'walled')
       UPDATE hookyard.configuration SET revision = revision + 1`,
    );
    const { code, body } = await tryOut('walled');
    expect([code, body.data]).toEqual([
      200,
      {
        outcome: 'failed',
        statusCode: null,
        errorClass: 'ADDRESS_BLOCKED',
        durationMs: expect.any(Number),
        responseExcerpt: null,
        requestHeaders: null,
      },
    ]);
    only();
  });

  it('can send a stored event: its bytes, its id, its signature, marked all the same', async () => {
    await apiCall(router.managementUrl, 'POST', '/destinations/raw/pause');
    const webhook = stripeWebhook('evt_tested', 'paid');
    const event = await accepted(router, 'stripe', webhook);
    expect((await tryOut('raw', { body: { event } })).body.data).toMatchObject({ outcome: 'delivered' });
    const { headers, body } = only();
    expect(body.equals(webhook.body)).toBe(true);
    expect(headers).toMatchObject({
      'webhook-id': event,
      'hookyard-test': 'true',
      'stripe-signature': webhook.headers['stripe-signature'],
    });
    const { data } = await router.api<{ data: { deliveries: { id: string; status: string; attempts: number }[] } }>(
      `/events/${event}`,
    );
    expect(data.deliveries).toMatchObject([{ status: 'pending', attempts: 0 }]);
    expect(data.deliveries[0]?.id).not.toBe(headers['idempotency-key']);
    await apiCall(router.managementUrl, 'POST', `/events/${event}/erase`);
    expect(codeOf(await tryOut('raw', { body: { event } }))).toEqual([410, 'BODY_GONE']);
  });

  it('is refused with a code that says why', async () => {
    const viewer = (await makeKey(router.managementUrl, 'viewer')).key;
    const unknown = `evt_${'0'.repeat(32)}`;
    expect({
      nowhere: codeOf(await tryOut('nowhere')),
      handler: codeOf(await tryOut('inside')),
      viewer: codeOf(await tryOut('inbox', { key: viewer })),
      event: codeOf(await tryOut('inbox', { body: { event: unknown } })),
      nonsense: codeOf(await tryOut('inbox', { body: { event: 'evt_1' } })),
      field: codeOf(await tryOut('inbox', { body: { url: 'http://127.0.0.1/' } })),
    }).toEqual({
      nowhere: [404, 'DESTINATION_NOT_FOUND'],
      handler: [409, 'DESTINATION_NOT_TESTABLE'],
      viewer: [403, 'FORBIDDEN'],
      event: [404, 'EVENT_NOT_FOUND'],
      nonsense: [404, 'EVENT_NOT_FOUND'],
      field: [400, 'INVALID_REQUEST'],
    });
    expect([handled, receiver.received]).toEqual([0, []]);
  });

  it('is sent once for an Idempotency-Key, and stands in the audit log with what came of it', async () => {
    receiver.answer = 503;
    const again = { headers: { 'idempotency-key': 'one-test' } };
    const [first, second] = [await tryOut('inbox', again), await tryOut('inbox', again)];
    expect([second.headers['idempotency-replayed'], second.body]).toEqual(['true', first.body]);
    only();
    const { data } = await router.api('/audit?limit=1');
    expect(data[0]).toMatchObject({
      action: 'POST /destinations/:name/test',
      target: 'inbox',
      before: null,
      after: { outcome: 'failed', statusCode: 503, errorClass: 'HTTP_5XX' },
      statusCode: 200,
    });
  });

  it('waits for nobody: beyond ten at once a process says 429', async () => {
    const running: Promise<ApiCallAnswer>[] = [];
    const responses = await held(10, () => {
      for (let n = 0; n < 10; n += 1) running.push(tryOut('patient'));
    });
    const refused = await tryOut('inbox');
    expect([...codeOf(refused), refused.headers['retry-after']]).toEqual([429, 'RATE_LIMITED', '1']);
    for (const response of responses) response.writeHead(204).end();
    for (const { body } of await Promise.all(running)) expect(body.data).toMatchObject({ statusCode: 204 });
    receiver.answer = 200;
    expect((await tryOut('inbox')).code).toBe(200);
  });

  it('works in a process without a worker, and is answered when that process stops', async () => {
    const other = await startRouter({ databaseUrl: database.url, yaml, options, env: { HOOKYARD_ROLE: 'api' } });
    let stopped: Promise<void> | undefined;
    try {
      expect((await tryOut('inbox', {}, other)).body.data).toMatchObject({ outcome: 'delivered' });
      const running: Promise<ApiCallAnswer>[] = [];
      await held(1, () => running.push(tryOut('patient', {}, other)));
      stopped = other.close();
      const [answer] = await Promise.all(running);
      expect(answer?.body.data).toMatchObject({ outcome: 'interrupted', statusCode: null });
    } finally {
      await (stopped ?? other.close());
    }
  });
});
