import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver, type Received } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import {
  rawStripeWebhook,
  STRIPE_SECRET,
  stripeWebhook,
  TELEGRAM_SECRET,
  telegramWebhook,
} from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const FIRST_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const SECOND_SECRET = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const RESIGN_SECRET = 'whsec_another_secret_of_stripes';
const stripe = new Stripe('sk_test_unused');

describe('a delivery over HTTP', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    const at = (path: string): string => `url: "${receiver.url}/${path}", allowPrivateNetwork: true`;
    router = await startRouter({
      databaseUrl: database.url,
      yaml: `destinations:
  - { name: cloud, ${at('cloud')}, signingSecrets: ["${FIRST_SECRET}", "${SECOND_SECRET}"], headers: { authorization: "Bearer ours" } }
  - { name: raw, ${at('raw')}, payload: raw }
  - { name: resigned, ${at('resigned')}, payload: raw, resignWith: "${RESIGN_SECRET}", retry: { schedule: [1100ms], jitter: 0 } }
  - { name: flaky, ${at('flaky')}, retry: { schedule: [50ms, 50ms], jitter: 0 } }
routes:
  - { source: stripe, types: ["three.*"], to: cloud }
  - { source: stripe, types: ["three.*"], to: raw }
  - { source: stripe, types: ["three.*", "resigned.*"], to: resigned }
  - { source: stripe, types: ["flaky.*"], to: flaky }
  - { source: stripe, types: ["cloud.*"], to: cloud }
  - { source: stripe, types: ["unparsed"], to: cloud }
  - { source: telegram, to: cloud }
  - { source: telegram, to: raw }
`,
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });
  beforeEach(() => {
    receiver.answer = 200;
  });
  /** What the event's deliveries brought to a path. */
  const allAt = (path: string, eventId: string): Received[] =>
    receiver.received.filter((got) => got.path === `/hook/${path}` && got.headers['webhook-id'] === eventId);
  const gotAt = (path: string, eventId: string): Promise<Received> =>
    until(`a request at /${path}`, () => allAt(path, eventId)[0]);

  it('carries the provider’s JSON byte for byte inside a CloudEvent, 64-bit numbers and key order included', async () => {
    const body =
      '{ "type":"three.bytes",  "zebra": 1, "alpha": 12345678901234567890.50, "id":"evt_bytes",\n "ü\\u0041": 1e2 }';
    const eventId = await accepted(router, 'stripe', rawStripeWebhook(Buffer.from(body)));
    const { body: sent, headers } = await gotAt('cloud', eventId);
    expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(sent.toString()).toContain(`"data":${body}}`);
    expect(JSON.parse(sent.toString())).toMatchObject({
      specversion: '1.0',
      id: eventId,
      source: '/webhooks/stripe',
      type: 'stripe.three.bytes',
      externalid: 'evt_bytes',
      datacontenttype: 'application/json',
    });
  });

  it('carries what is no JSON as base64, byte for byte', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x7b, 0xc3, 0x28]);
    const eventId = await accepted(router, 'stripe', rawStripeWebhook(bytes));
    const event = JSON.parse((await gotAt('cloud', eventId)).body.toString()) as { type: string; data_base64: string };
    expect(event.type).toBe('stripe.unparsed');
    expect(Buffer.from(event.data_base64, 'base64')).toEqual(bytes);
  });

  it('is signed as Standard Webhooks asks, with each active secret', async () => {
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_signed', 'three.signed'));
    const { body, headers } = await gotAt('cloud', eventId);
    const signed = headers as Record<string, string>;
    for (const secret of [FIRST_SECRET, SECOND_SECRET]) {
      expect(new Webhook(secret).verify(body.toString(), signed)).toMatchObject({ specversion: '1.0' });
    }
    expect(() =>
      new Webhook(`whsec_${Buffer.alloc(32, 3).toString('base64')}`).verify(body.toString(), signed),
    ).toThrow('No matching signature found');
    expect(headers['authorization']).toBe('Bearer ours');
  });

  it('raw: carries the original bytes with the original signature, which Stripe’s own SDK accepts', async () => {
    const webhook = stripeWebhook('evt_raw', 'three.raw');
    const eventId = await accepted(router, 'stripe', webhook);
    const { body, headers } = await gotAt('raw', eventId);
    expect(body).toEqual(webhook.body);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['stripe-signature']).toBe(webhook.headers['stripe-signature']);
    const event = stripe.webhooks.constructEvent(body, String(headers['stripe-signature']), STRIPE_SECRET);
    expect(event.id).toBe('evt_raw');
  });

  it('raw with resignWith: is signed anew on every attempt, so that a late retry still verifies', async () => {
    const old = new Date(Date.now() - 250_000);
    const failed = new Set<unknown>();
    receiver.answer = ({ headers }, response) => {
      response.writeHead(failed.has(headers['webhook-id']) ? 200 : 500).end();
      failed.add(headers['webhook-id']);
    };
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_resigned', 'resigned.x', { now: old }));
    const tries = await until('two attempts', () => {
      const all = allAt('resigned', eventId);
      return all.length === 2 ? all : undefined;
    });
    const times = tries.map(({ headers, body }) => {
      const signature = String(headers['stripe-signature']);
      // A tolerance that the original signature is far outside of.
      expect(stripe.webhooks.constructEvent(body, signature, RESIGN_SECRET, 30).id).toBe('evt_resigned');
      return Number(/t=(\d+)/.exec(signature)?.[1]);
    });
    expect(times[1]).toBeGreaterThan(times[0] as number);
  });

  it('keeps webhook-id and idempotency-key over attempts and counts them in hookyard-attempt', async () => {
    receiver.answer = ({ headers }, response) =>
      response.writeHead(headers['hookyard-attempt'] === '3' ? 200 : 500).end();
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_flaky', 'flaky.x'));
    const delivery = await settledDelivery(router, eventId, 'flaky');
    const headers = allAt('flaky', eventId).map((got) => got.headers);
    expect(headers.map((each) => each['hookyard-attempt'])).toEqual(['1', '2', '3']);
    expect(new Set(headers.map((each) => each['webhook-id']))).toEqual(new Set([eventId]));
    expect(new Set(headers.map((each) => each['idempotency-key']))).toEqual(new Set([delivery.id]));
    expect(headers.map((each) => each['hookyard-replay'])).toEqual([undefined, undefined, undefined]);
    expect(headers[0]?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('never sends a bearer secret on: Telegram’s token is in no request and no table', async () => {
    const eventId = await accepted(router, 'telegram', telegramWebhook(77_001));
    await Promise.all([gotAt('cloud', eventId), gotAt('raw', eventId)]);
    for (const { headers, body } of [...allAt('cloud', eventId), ...allAt('raw', eventId)]) {
      expect(JSON.stringify(headers) + body.toString('latin1')).not.toContain(TELEGRAM_SECRET);
    }
    const { rows } = await database.pool.query<{
      all: string;
    }>(`SELECT (SELECT string_agg(e::text, '') FROM hookyard.event e) ||
      (SELECT string_agg(encode(b.bytes, 'escape'), '') FROM hookyard.body b) || (SELECT string_agg(s::text, '') FROM hookyard.source s) AS all`);
    expect(rows[0]?.all).toContain('telegram');
    expect(rows[0]?.all).not.toContain(TELEGRAM_SECRET);
  });

  it('keeps connections alive: many deliveries, few connections', async () => {
    const before = receiver.connections;
    for (let n = 0; n < 30; n += 1) {
      const eventId = await accepted(router, 'stripe', stripeWebhook(`evt_alive_${n}`, 'cloud.alive'));
      await until('it is received', () => receiver.countById.has(eventId));
    }
    expect(receiver.connections - before).toBeLessThanOrEqual(3);
  });

  it('delivers the same bytes that came in, whatever their size', async () => {
    const webhook = stripeWebhook('evt_large', 'three.large', { data: { filler: 'ß'.repeat(1_000_000) } });
    const eventId = await accepted(router, 'stripe', webhook);
    const { body } = await gotAt('raw', eventId);
    const sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(sha(body)).toBe(sha(webhook.body));
  });
});
