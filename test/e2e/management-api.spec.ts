import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { Receiver } from '../support/receiver.js';
import { API_KEY, destinationYaml, startRouter, type ApiAnswer, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(30_000);

describe('the management API', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('inbox', receiver.url, 'retry: { schedule: [1s, 1s] }'),
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  const ask = async (path: string, headers: Record<string, string> = { authorization: `Bearer ${API_KEY}` }) => {
    const response = await request(`${router.managementUrl}/api/v1${path}`, { headers });
    return { code: response.statusCode, headers: response.headers, body: (await response.body.json()) as ApiAnswer };
  };
  const store = async (id: string): Promise<string> =>
    String((await send(router.ingress('stripe'), stripeWebhook(id))).json?.id);

  const strangers: [string, Record<string, string>][] = [
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer hky_wrong_key_0123456789' }],
    ['the key without Bearer', { authorization: API_KEY }],
    ['the key and more', { authorization: `Bearer ${API_KEY}x` }],
    ['another scheme', { authorization: `Basic ${Buffer.from(`${API_KEY}:`).toString('base64')}` }],
    ['an empty one', { authorization: 'Bearer ' }],
    ['a key of 10 kB', { authorization: `Bearer ${'k'.repeat(10_000)}` }],
  ];
  it.each(strangers)('is shut to who has %s, on every path', async (_name, headers) => {
    for (const path of [
      '/events',
      '/events/evt_1',
      '/events/evt_1/raw',
      '/deliveries',
      '/deliveries/dlv_1',
      '/events?limit=x',
    ]) {
      const { code, body, headers: answered } = await ask(path, headers);
      expect([path, code, body]).toEqual([
        path,
        401,
        { status: 'error', data: null, errors: [{ code: 'UNAUTHORIZED', message: expect.any(String) }] },
      ]);
      expect(answered['www-authenticate']).toBe('Bearer');
    }
  });

  it('wraps one thing and a list alike, and says how many there are', async () => {
    const id = await store('evt_envelope');
    const list = await ask('/events?externalId=evt_envelope');
    expect([list.code, list.body.status, list.body.errors]).toEqual([200, 'ok', []]);
    expect(list.body.page).toEqual({ next: null, prev: null, total: 1, totalIsExact: true });
    const one = await ask(`/events/${id}`);
    expect(one.body).toEqual({
      status: 'ok',
      data: { ...list.body.data[0], deliveries: [expect.any(Object)], routing: expect.any(Object) },
      errors: [],
    });
    expect(one.body.data).toMatchObject({
      id,
      source: 'stripe',
      sourceType: 'stripe',
      externalId: 'evt_envelope',
      type: 'invoice.paid',
    });
  });

  it('filters by source, source type, type and external id, and by status and destination', async () => {
    const id = await store('evt_filtered');
    await until('it is delivered', async () => {
      const [delivery] = (await ask(`/events/${id}`)).body.data['deliveries'] as { status: string }[];
      return delivery?.status === 'delivered';
    });
    const count = async (path: string): Promise<number | undefined> => (await ask(path)).body.page?.total;
    const all = '/events?source=stripe&sourceType=stripe&type=invoice.paid&externalId=evt_filtered';
    expect(await count(all)).toBe(1);
    for (const other of [
      'source=shopify',
      'sourceType=shopify',
      'type=invoice',
      'externalId=EVT_filtered',
      'source=',
    ]) {
      const [name = ''] = other.split('=');
      expect([other, await count(all.replace(new RegExp(`\\b${name}=[^&]*`), other))]).toEqual([other, 0]);
    }
    expect(await count('/deliveries?status=delivered&destination=inbox')).toBeGreaterThanOrEqual(1);
    expect(await count('/deliveries?status=dead')).toBe(0);
    expect(await count('/deliveries?destination=nobody')).toBe(0);
  });

  it('pages forward and back while rows come in, with no row twice and none missing', async () => {
    const before: string[] = [];
    for (let n = 0; n < 23; n += 1) before.push(await store(`evt_paged_${n}`));
    const walk = async (
      from: string | null | undefined,
      way: 'next' | 'prev',
    ): Promise<{ ids: string[]; last: string | null }> => {
      const ids: string[] = [];
      let last: string | null = null;
      for (let cursor = from, n = 0; cursor !== null; n += 1) {
        const { body } = await ask(`/events?limit=5${cursor ? `&cursor=${cursor}` : ''}`);
        const page = body.data.map((event) => String(event['id']));
        expect(page).toEqual(page.toSorted().toReversed());
        ids.push(...(way === 'next' ? page : page.toReversed()));
        last = way === 'next' ? (body.page?.prev ?? null) : null;
        cursor = body.page?.[way] ?? null;
        await store(`evt_meanwhile_${way}_${n}`);
      }
      return { ids, last };
    };
    const forward = await walk(undefined, 'next');
    expect(new Set(forward.ids).size).toBe(forward.ids.length);
    expect(forward.ids).toEqual(expect.arrayContaining(before));
    // From the last page back to the newest, over what came in on the way.
    const back = await walk(forward.last, 'prev');
    expect(new Set(back.ids).size).toBe(back.ids.length);
    const { body } = await ask('/events?limit=200');
    const everything = body.data.map((event) => String(event['id']));
    const lastPage = forward.ids.slice(forward.ids.indexOf(back.ids[0] as string) + 1);
    const seen = new Set([...back.ids, ...lastPage]);
    // All but the one that was stored after the last look.
    expect(everything.filter((id) => !seen.has(id))).toHaveLength(1);
  });

  const mistakes: [string, string, string][] = [
    ['a cursor it never gave out', '/events?cursor=abc', 'INVALID_CURSOR'],
    [
      'a cursor with SQL in it',
      `/events?cursor=${Buffer.from("a' OR 1=1 --").toString('base64url')}`,
      'INVALID_CURSOR',
    ],
    ['an empty cursor', '/events?cursor=', 'INVALID_CURSOR'],
    ['a limit of 0', '/events?limit=0', 'INVALID_REQUEST'],
    ['a limit of 201', '/deliveries?limit=201', 'INVALID_REQUEST'],
    ['a limit that is no number', '/events?limit=ten', 'INVALID_REQUEST'],
    ['a limit of 1.5', '/events?limit=1.5', 'INVALID_REQUEST'],
    ['two limits', '/events?limit=1&limit=2', 'INVALID_REQUEST'],
    ['a parameter it does not know', '/events?form=2026', 'INVALID_REQUEST'],
    ['a status it does not know', '/deliveries?status=lost', 'INVALID_REQUEST'],
    ['a text with NUL', '/events?type=a%00b', 'INVALID_REQUEST'],
    ['a text without end', `/events?type=${'x'.repeat(5_000)}`, 'INVALID_REQUEST'],
  ];
  it.each(mistakes)('answers %s with 400 and a code', async (_name, path, code) => {
    const answer = await ask(path);
    expect([answer.code, answer.body.status, answer.body.errors[0]?.code]).toEqual([400, 'error', code]);
  });

  it('answers an id that is none, or nobody has, with 404 and a code', async () => {
    const unknown = '0'.repeat(32);
    const asks = [
      `/events/evt_${unknown}`,
      '/events/evt_1',
      '/events/%00',
      `/events/dlv_${unknown}`,
      `/events/evt_${unknown}/raw`,
    ];
    for (const path of asks) expect([path, (await ask(path)).body.errors[0]?.code]).toEqual([path, 'EVENT_NOT_FOUND']);
    expect((await ask(`/deliveries/dlv_${unknown}`)).body.errors[0]?.code).toBe('DELIVERY_NOT_FOUND');
    expect((await ask('/nothing')).code).toBe(404);
  });

  it('gives the raw bytes as a download that no browser runs', async () => {
    const webhook = stripeWebhook('evt_download', 'invoice.paid', { data: { note: '<script>alert(1)</script>' } });
    const { json } = await send(router.ingress('stripe'), {
      ...webhook,
      headers: { ...webhook.headers, 'content-type': 'text/html' },
    });
    const response = await request(`${router.managementUrl}/api/v1/events/${json?.id}/raw`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect(response.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${json?.id}"`,
      'x-content-type-options': 'nosniff',
      'hookyard-body-sha256': createHash('sha256').update(webhook.body).digest('hex'),
    });
    expect(Buffer.from(await response.body.arrayBuffer())).toEqual(webhook.body);
  });

  it('shows a delivery with every attempt', async () => {
    let tries = 0;
    receiver.answer = ({ body }, response) => {
      if (body.includes('evt_attempts')) tries += 1;
      response.writeHead(tries === 1 ? 500 : 200).end(tries === 1 ? 'no, not now' : 'yes');
    };
    const eventId = await store('evt_attempts');
    const delivery = await until('it is delivered', async () => {
      const { body } = await ask(`/events/${eventId}`);
      const [first] = body.data['deliveries'] as { id: string; status: string }[];
      return first?.status === 'delivered' ? first : undefined;
    });
    receiver.answer = 200;
    const { body } = await ask(`/deliveries/${delivery.id}`);
    expect(body.data).toMatchObject({
      id: delivery.id,
      eventId,
      destination: 'inbox',
      destinationKind: 'http',
      status: 'delivered',
      attempts: 2,
      waitingFor: null,
      nextAttemptAt: null,
      lastStatusCode: 200,
      settledAt: expect.any(String),
      attemptList: [
        {
          number: 1,
          outcome: 'failed',
          statusCode: 500,
          responseExcerpt: 'no, not now',
          durationMs: expect.any(Number),
          probe: false,
        },
        { number: 2, outcome: 'delivered', statusCode: 200 },
      ],
    });
  });
});
