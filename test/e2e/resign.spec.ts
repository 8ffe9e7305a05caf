import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verify as verifyGithub } from '@octokit/webhooks-methods';
import { Webhook } from 'standardwebhooks';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver, type Received } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { exampleSecret, webhookOf } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** A sender whose webhooks go on signed with a secret of ours, and its receiver's check, which is not written by us where one is published. */
interface Sender {
  readonly type: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly verify: (request: Received, secret: string) => boolean | Promise<boolean>;
  /** When it was signed, in seconds; `undefined` where the scheme signs no time. */
  readonly signedAt: (request: Received) => number | undefined;
}

const header = ({ headers }: Received, name: string): string => String(headers[name]);
const hmac = (secret: string, body: Buffer | string) => createHmac('sha256', secret).update(body);

const senders: readonly Sender[] = [
  {
    type: 'github',
    secret: 'our-own-github-secret',
    headers: { 'x-github-event': 'push', 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' },
    verify: (got, secret) => verifyGithub(secret, got.body.toString(), header(got, 'x-hub-signature-256')),
    signedAt: () => undefined,
  },
  {
    // https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
    type: 'shopify',
    secret: 'our-own-shopify-secret',
    headers: {
      'x-shopify-topic': 'orders/create',
      'x-shopify-shop-domain': 'example.myshopify.com',
      'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    },
    verify: (got, secret) => hmac(secret, got.body).digest('base64') === header(got, 'x-shopify-hmac-sha256'),
    signedAt: () => undefined,
  },
  {
    // https://docs.slack.dev/authentication/verifying-requests-from-slack
    type: 'slack',
    secret: 'our-own-slack-secret',
    headers: {},
    verify: (got, secret) => {
      const text = `v0:${header(got, 'x-slack-request-timestamp')}:${got.body.toString()}`;
      return `v0=${hmac(secret, text).digest('hex')}` === header(got, 'x-slack-signature');
    },
    signedAt: (got) => Number(header(got, 'x-slack-request-timestamp')),
  },
  {
    type: 'standard-webhooks',
    secret: `whsec_${Buffer.alloc(32, 9).toString('base64')}`,
    headers: {},
    verify: (got, secret) => {
      try {
        new Webhook(secret).verify(got.body, got.headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    },
    signedAt: (got) => Number(header(got, 'webhook-timestamp')),
  },
];

describe('a raw delivery with resignWith', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({
      databaseUrl: database.url,
      sourcesYaml: `version: 1
sources:
${senders.map(({ type }) => `  - { slug: ${type}, type: ${type}, secrets: ["${exampleSecret(type)}"] }\n`).join('')}`,
      yaml: `destinations:
${senders
  .map(
    ({ type, secret }) =>
      // Over a second, so that a signed time tells the attempts apart.
      `  - { name: ${type}, url: "${receiver.url}/${type}", allowPrivateNetwork: true, payload: raw, resignWith: "${secret}", retry: { schedule: [1100ms], jitter: 0 } }\n`,
  )
  .join('')}routes:
${senders.map(({ type }) => `  - { source: ${type}, to: ${type} }\n`).join('')}`,
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it.each(senders)('verifies as $type’s at its receiver, the retry too', async (sender) => {
    const { type, secret, headers, verify, signedAt } = sender;
    receiver.answer = (got, response) => response.writeHead(got.headers['hookyard-attempt'] === '1' ? 500 : 200).end();
    const body = JSON.stringify({ type: 'event_callback', event_id: `Ev_${type}`, amount: 1, text: 'grüße' });
    const eventId = await accepted(router, type, webhookOf(type, body, headers));
    expect(await settledDelivery(router, eventId, type)).toMatchObject({ status: 'delivered', attempts: 2 });
    const got = receiver.received.filter(({ path }) => path === `/hook/${type}`);
    expect(got.map((one) => one.body.toString())).toEqual([body, body]);
    for (const one of got) {
      expect(await verify(one, secret)).toBe(true);
      // Not by what the sender signed with: that signature must not travel on beside the new one.
      expect(await verify(one, exampleSecret(type))).toBe(false);
    }
    const [first, second] = got.map(signedAt);
    if (first !== undefined) expect(second).toBeGreaterThan(first);
  });

  it('carries the id that a sender of Standard Webhooks signed, on every attempt', () => {
    const ids = receiver.received
      .filter(({ path }) => path === '/hook/standard-webhooks')
      .map((got) => got.headers['webhook-id']);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^msg_/);
  });
});
