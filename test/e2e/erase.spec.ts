import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { tablesHolding } from '../support/database-text.js';
import { operate } from '../support/operate.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import {
  exampleSecret,
  send,
  SHOPIFY_SECRET,
  shopifyWebhook,
  STRIPE_SECRET,
  stripeWebhook,
  webhookOf,
} from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const SOURCES = `version: 1
sources:
  - { slug: stripe, type: stripe, secrets: ["${STRIPE_SECRET}"] }
  - { slug: shopify, type: shopify, secrets: ["${SHOPIFY_SECRET}"] }
  - { slug: sendgrid, type: sendgrid, secrets: ["${exampleSecret('sendgrid')}"] }
`;

interface Delivery {
  readonly id: string;
  readonly destination: string;
  readonly status: string;
}
interface Event {
  readonly id: string;
  readonly erasedAt: string | null;
  readonly deliveries: Delivery[];
}
interface Bulk {
  readonly id: string;
  readonly status: string;
  readonly names: string[] | null;
  readonly total: number;
  readonly erased: number;
  readonly rejectionsErased: number;
}

describe('what is erased', () => {
  let database: TestDatabase;
  let open: Receiver;
  let shut: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    [open, shut] = [await Receiver.start(), await Receiver.start()];
    router = await startRouter({
      databaseUrl: database.url,
      sourcesYaml: SOURCES,
      yaml: `destinations:
  - { name: open, url: "${open.url}", allowPrivateNetwork: true }
  - { name: shut, url: "${shut.url}", allowPrivateNetwork: true }
routes:
  - { sourceType: stripe, to: open }
  - { sourceType: stripe, to: shut }
  - { sourceType: sendgrid, to: shut }
`,
    });
    await operate(router, 'POST', '/destinations/shut/pause', { reason: 'so that something waits' });
  });
  afterAll(async () => {
    await router.close();
    await Promise.all([open.stop(), shut.stop()]);
    await database.drop();
  });

  const read = async (id: string): Promise<Event> => (await operate<Event>(router, 'GET', `/events/${id}`)).data;
  const erase = (id: string) => operate<Event>(router, 'POST', `/events/${id}/erase`);
  const raw = async (id: string): Promise<{ code: number; text: string }> => {
    const { statusCode, body } = await request(`${router.managementUrl}/api/v1/events/${id}/raw`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    return { code: statusCode, text: await body.text() };
  };
  const answerWith =
    (status: number, text: string) =>
    (_: unknown, response: ServerResponse): void =>
      void response.writeHead(status).end(text);
  const statusOf = (event: Event, destination: string): string | undefined =>
    event.deliveries.find((delivery) => delivery.destination === destination)?.status;

  it('is in no table any more, and what remains says so', async () => {
    const canary = 'jane.canary@example.com';
    open.answer = answerWith(200, `hello ${canary}`);
    const webhook = stripeWebhook('evt_jane', 'customer.updated', { data: { id: canary, customer: canary } });
    const { json } = await send(router.ingress('stripe'), webhook);
    const id = String(json?.id);
    await until('it is delivered', async () => statusOf(await read(id), 'open') === 'delivered');
    await until('it can be searched', async () =>
      (await tablesHolding(database.pool, canary)).some((name) => name.includes('event_search_')),
    );
    await operate(router, 'POST', `/events/${id}/replay`, { destination: 'shut', renormalise: true });
    const before = new Set(await tablesHolding(database.pool, canary));
    expect([...before].some((name) => name.includes('attempt_'))).toBe(true);

    const { code, data } = await erase(id);
    expect([code, data]).toEqual([
      200,
      expect.objectContaining({ subject: null, tenant: null, headers: {}, bodySha256: null, externalId: 'evt_jane' }),
    ]);
    expect(Date.parse(String(data.erasedAt))).toBeLessThanOrEqual(Date.now() + 60_000);
    expect(await tablesHolding(database.pool, canary)).toEqual([]);

    const event = await read(id);
    expect(event.deliveries.map(({ status }) => status).toSorted()).toEqual(['cancelled', 'cancelled', 'delivered']);
    const gone = await raw(id);
    expect([gone.code, gone.text]).toEqual([410, expect.stringContaining('was erased at')]);
    for (const path of [
      `/deliveries/${event.deliveries.find(({ status }) => status === 'cancelled')?.id}/retry`,
      `/events/${id}/replay`,
    ]) {
      const said = await operate(router, 'POST', path);
      expect([said.code, said.errors[0]?.code]).toEqual([410, 'BODY_GONE']);
    }

    // Its sender repeats it: known, and nothing of it comes back.
    const repeated = await send(router.ingress('stripe'), webhook);
    expect(repeated.json).toEqual({ id, status: 'duplicate' });
    expect(await tablesHolding(database.pool, canary)).toEqual([]);
    expect((await erase(id)).data.erasedAt).toBe(data.erasedAt);
    const audit = await router.api('/audit?limit=200');
    const erasures = audit.data.filter(({ action, target }) => action === 'POST /events/:id/erase' && target === id);
    expect(erasures).toHaveLength(2);
  });

  it('is no event: 404', async () => {
    for (const id of ['evt_00000000000000000000000000000000', 'nothing']) {
      const said = await erase(id);
      expect([said.code, said.errors[0]?.code]).toEqual([404, 'EVENT_NOT_FOUND']);
    }
  });

  it('leaves the others of its body byte for byte, and takes the body with the last of them', async () => {
    const item = (id: string): string => `{ "sg_event_id":"${id}", "event":"delivered","email":"${id}@example.com" }`;
    const body = `[ ${['b-1', 'b-2', 'b-3'].map(item).join(' ,\r\n')} ]`;
    await send(router.ingress('sendgrid'), webhookOf('sendgrid', body));
    const { rows } = await database.pool.query<{ id: string; external_id: string }>(
      `SELECT 'evt_' || replace(id::text, '-', '') AS id, external_id FROM hookyard.event WHERE external_id LIKE 'b-_' ORDER BY 2`,
    );
    const [first, second, third] = rows.map(({ id }) => id) as [string, string, string];
    await erase(second);
    expect([(await raw(first)).text, (await raw(third)).text]).toEqual([item('b-1'), item('b-3')]);
    expect((await raw(second)).code).toBe(410);
    expect(await tablesHolding(database.pool, 'b-2@example.com')).toEqual([]);
    await erase(first);
    await erase(third);
    const left = await database.pool.query(
      `SELECT 1 FROM hookyard.body WHERE position('sg_event_id'::bytea IN bytes) > 0 OR bytes::text LIKE '%2020202020%'`,
    );
    expect(left.rowCount).toBe(0);
  });

  it('ends what is being sent, keeps nothing of its answer, and does not send it again', async () => {
    const canary = 'answer.canary@example.com';
    let finish: (() => void) | undefined;
    open.answer = (_, response) => {
      finish = () => response.writeHead(500).end(canary);
    };
    const { json } = await send(router.ingress('stripe'), stripeWebhook('evt_sending'));
    const id = String(json?.id);
    const end = await until('it is being sent', () => finish);
    await erase(id);
    expect(statusOf(await read(id), 'open')).toBe('claimed');
    end();
    // Cancelled; or its next attempt came first and found no body.
    const event = await until('it has ended', async () => {
      const seen = await read(id);
      return ['cancelled', 'dead'].includes(String(statusOf(seen, 'open'))) ? seen : undefined;
    });
    const delivery = event.deliveries.find(({ destination }) => destination === 'open');
    const [first] = await until('its answer is erased', async () => {
      const { data } = await operate<{ attemptList: { statusCode: number; responseExcerpt: string | null }[] }>(
        router,
        'GET',
        `/deliveries/${delivery?.id}`,
      );
      return data.attemptList.every(({ responseExcerpt }) => responseExcerpt === null) ? data.attemptList : undefined;
    });
    expect(first?.statusCode).toBe(500);
    expect(open.received.filter(({ body }) => body.includes('evt_sending'))).toHaveLength(1);
    expect(await tablesHolding(database.pool, canary)).toEqual([]);
  });

  it('is everything of a tenant: its events and its refused requests, and nothing of another', async () => {
    const order = (id: string, shop: string) => shopifyWebhook(id, 'orders/create', { id: 1, shop_domain: shop });
    const ours = ['w-1', 'w-2', 'w-3'].map((id) => order(id, 'leaving.myshopify.com'));
    for (const webhook of [...ours, order('w-4', 'staying.myshopify.com')]) {
      expect((await send(router.ingress('shopify'), webhook)).status).toBe(200);
    }
    const forged = order('w-5', 'leaving.myshopify.com');
    await send(router.ingress('shopify'), {
      ...forged,
      headers: { ...forged.headers, 'x-shopify-hmac-sha256': 'AAAA' },
    });
    await send(router.ingress('shopify'), {
      ...order('w-6', 'staying.myshopify.com'),
      headers: { ...forged.headers, 'x-shopify-hmac-sha256': 'AAAA' },
    });
    const samples = async (): Promise<number> => (await router.api('/rejections?source=shopify')).data.length;
    await until('the refused are kept', async () => (await samples()) === 2);

    const asked = { tenant: 'leaving.myshopify.com', source: 'shopify' };
    const dry = await operate(router, 'POST', '/erasures', { ...asked, dryRun: true });
    expect([dry.code, dry.data]).toEqual([200, { dryRun: true, total: 3, totalIsExact: true }]);
    expect((await router.api('/events?tenant=leaving.myshopify.com')).data).toHaveLength(3);

    const { code, data } = await operate<Bulk>(router, 'POST', '/erasures', asked);
    expect([code, data.status, data.names, data.total]).toEqual([202, 'running', [asked.tenant], 3]);
    const done = await until('it is finished', async () => {
      const seen = (await operate<Bulk>(router, 'GET', `/erasures/${data.id}`)).data;
      return seen.status === 'finished' ? seen : undefined;
    });
    expect(done).toMatchObject({ erased: 3, rejectionsErased: 1, names: null });
    expect((await router.api('/events?tenant=leaving.myshopify.com')).data).toEqual([]);
    expect((await router.api('/events?tenant=staying.myshopify.com')).data).toHaveLength(1);
    expect(await samples()).toBe(1);
    for (const webhook of ours) {
      expect((await send(router.ingress('shopify'), webhook)).json).toMatchObject({ status: 'duplicate' });
    }
  });

  it.each([
    [{}, 'INVALID_REQUEST', 400],
    [{ tenant: 'a', subject: 'b' }, 'INVALID_REQUEST', 400],
    [{ tenant: '' }, 'INVALID_REQUEST', 400],
    [{ tenant: [] }, 'INVALID_REQUEST', 400],
    [{ tenant: 'a', nothing: 1 }, 'INVALID_REQUEST', 400],
    [{ subject: 'a', source: 'unknown' }, 'SOURCE_NOT_FOUND', 404],
  ])('is never guessed at: %j', async (body, error, status) => {
    const { code, errors } = await operate(router, 'POST', '/erasures', body);
    expect([code, errors[0]?.code]).toEqual([status, error]);
  });
});
