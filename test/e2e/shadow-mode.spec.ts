import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { RejectionSampler } from '../../src/rejections/rejection-sampler.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import {
  exampleSecret,
  send,
  shopifyWebhook,
  stripeWebhook,
  webhookOf,
  SHOPIFY_SECRET,
  STRIPE_SECRET,
} from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

const ENDED = `{ value: "${STRIPE_SECRET}", notAfter: "2026-01-31" }`;
const SOURCES = `version: 1
sources:
  - { slug: moving, type: stripe, secrets: ["${STRIPE_SECRET}"], verification: shadow }
  - { slug: settled, type: stripe, secrets: ["${STRIPE_SECRET}"], verification: enforce }
  - { slug: ended, type: stripe, secrets: [${ENDED}], verification: shadow }
  - { slug: chat, type: slack, secrets: ["${exampleSecret('slack')}"], verification: shadow }
  - { slug: voice, type: discord, secrets: ["${exampleSecret('discord')}"], verification: shadow }
  - { slug: shop, type: shopify, secrets: ["${SHOPIFY_SECRET}"], verification: shadow }
`;

interface SeenEvent {
  id: string;
  externalId: string;
  verified: boolean;
  refusal: string | null;
  suspectedReplayOf: string | null;
}

describe('a source in shadow mode', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({
      databaseUrl: database.url,
      sourcesYaml: SOURCES,
      yaml: destinationYaml('inbox', receiver.url)
        .split('\n')
        .filter((line) => !line.includes('telegram'))
        .join('\n'),
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  const eventOf = async (id: string): Promise<SeenEvent> =>
    (await router.api<{ data: SeenEvent }>(`/events/${id}`)).data;
  const forged = (id: string) => stripeWebhook(id, 'invoice.paid', { secret: 'whsec_not_theirs' });
  const unsigned = (id: string) => ({ ...forged(id), headers: { 'content-type': 'application/json' } });

  it('takes a genuine request as any other', async () => {
    const event = await eventOf(await accepted(router, 'moving', stripeWebhook('evt_genuine')));
    expect(event).toMatchObject({ verified: true, refusal: null, externalId: 'evt_genuine' });
  });

  it('takes what it cannot verify, with the verdict on the event', async () => {
    const wrong = await eventOf(await accepted(router, 'moving', forged('evt_wrong')));
    expect(wrong).toMatchObject({ verified: false, refusal: 'mismatch' });
    const old = stripeWebhook('evt_old', 'invoice.paid', { now: new Date(Date.now() - 3_600_000) });
    expect(await eventOf(await accepted(router, 'moving', old))).toMatchObject({ verified: false, refusal: 'stale' });
    const bare = await eventOf(await accepted(router, 'moving', unsigned('evt_bare')));
    expect(bare).toMatchObject({ verified: false, refusal: 'missing' });
  });

  it('has what it took unverified in a list of its own', async () => {
    const [proved, taken] = [
      await accepted(router, 'moving', stripeWebhook('evt_proved')),
      await accepted(router, 'moving', forged('evt_taken')),
    ];
    const idsOf = async (query: string) =>
      (await router.api<{ data: SeenEvent[] }>(`/events?source=moving&${query}`)).data.map(({ id }) => id);
    const [unverified, verified] = [await idsOf('verified=false'), await idsOf('verified=true')];
    expect([unverified.includes(taken), unverified.includes(proved)]).toEqual([true, false]);
    expect([verified.includes(taken), verified.includes(proved)]).toEqual([false, true]);
  });

  it('tells the receiver that nobody proved who sent it, and says nothing of the kind otherwise', async () => {
    const told = async (id: string) => {
      await settledDelivery(router, id, 'inbox');
      const got = receiver.received.find(({ headers }) => headers['webhook-id'] === id);
      const event = JSON.parse(String(got?.body)) as { verified?: boolean };
      return [got?.headers['hookyard-verified'], event.verified];
    };
    expect(await told(await accepted(router, 'moving', forged('evt_told')))).toEqual(['false', false]);
    expect(await told(await accepted(router, 'moving', stripeWebhook('evt_not_told')))).toEqual([undefined, undefined]);
  });

  it('never lets a forged event take the place of the genuine one', async () => {
    const forgedId = await accepted(router, 'moving', forged('evt_contested'));
    const genuineId = await accepted(router, 'moving', stripeWebhook('evt_contested'));
    expect(genuineId).not.toBe(forgedId);
    expect((await eventOf(genuineId)).externalId).toBe('evt_contested');
    const again = await send(router.ingress('moving'), stripeWebhook('evt_contested'));
    expect(again.json).toEqual({ id: genuineId, status: 'duplicate' });
  });

  it('still recognises what its sender repeats unverified', async () => {
    const first = await send(router.ingress('moving'), forged('evt_twice'));
    const second = await send(router.ingress('moving'), forged('evt_twice'));
    expect(second.json).toEqual({ id: first.json?.id, status: 'duplicate' });
  });

  it('lets no unverified body make a genuine one a suspected replay', async () => {
    const genuine = shopifyWebhook('w-genuine', 'orders/create', { id: 99 });
    const spoilt = { ...genuine.headers, 'x-shopify-hmac-sha256': 'x', 'x-shopify-webhook-id': 'w-forged' };
    await accepted(router, 'shop', { ...genuine, headers: spoilt });
    expect((await eventOf(await accepted(router, 'shop', genuine))).suspectedReplayOf).toBeNull();
  });

  it('has what it took unverified among the samples, with the diagnosis and the event', async () => {
    const id = await accepted(router, 'moving', forged('evt_sampled'));
    await router.app.get(RejectionSampler).drain();
    const { data } = await router.api<{ data: object[] }>('/rejections?source=moving&limit=1');
    expect(data).toMatchObject([{ reason: 'wrong', eventId: id }]);
  });

  it('answers a handshake only when its signature holds, and stores it in neither case', async () => {
    const question = JSON.stringify({ type: 'url_verification', token: 'x', challenge: 'prove-it' });
    const genuine = webhookOf('slack', question);
    const forged = { ...genuine.headers, 'x-slack-signature': `v0=${'0'.repeat(64)}` };
    const asked = await send(router.ingress('chat'), genuine);
    expect([asked.status, asked.text]).toEqual([200, 'prove-it']);
    for (const headers of [forged, { 'content-type': 'application/json' }]) {
      const refused = await send(router.ingress('chat'), { headers, body: genuine.body });
      expect([refused.status, refused.text.includes('prove-it')]).toEqual([401, false]);
    }
    const ping = webhookOf('discord', '{"version":1,"application_id":"1","type":0}');
    expect((await send(router.ingress('voice'), ping)).status).toBe(204);
    const probe = { ...ping.headers, 'x-signature-ed25519': '0'.repeat(128) };
    expect((await send(router.ingress('voice'), { ...ping, headers: probe })).status).toBe(401);
    for (const source of ['chat', 'voice']) expect((await router.api(`/events?source=${source}`)).data).toEqual([]);
  });

  it('is the exception: another source refuses the same', async () => {
    expect((await send(router.ingress('settled'), forged('evt_x'))).status).toBe(401);
  });

  it('refuses when none of its secrets counts any more', async () => {
    expect((await send(router.ingress('ended'), forged('evt_x'))).status).toBe(401);
    expect((await send(router.ingress('ended'), stripeWebhook('evt_x'))).status).toBe(401);
  });

  it('is counted where readiness is looked at, without being unready', async () => {
    const response = await request(`${router.managementUrl}/health/ready`);
    expect(response.statusCode).toBe(200);
    const { data } = (await response.body.json()) as { data: { checks: Record<string, unknown> } };
    expect(data.checks['verification']).toMatchObject({ status: 'up', degraded: true, shadowSources: 5 });
  });
});
