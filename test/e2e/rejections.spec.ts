import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RejectionSampler } from '../../src/rejections/rejection-sampler.js';
import { RejectionStore } from '../../src/rejections/rejection.store.js';
import { tablesHolding } from '../support/database-text.js';
import { startRouter, type TestRouter } from '../support/router.js';
import {
  rawStripeWebhook,
  send,
  shopifyWebhook,
  stripeWebhook,
  telegramWebhook,
  STRIPE_SECRET,
} from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(90_000);

const TEST_MODE = 'whsec_of_test_mode';
const ENDED = 'whsec_ended_yesterday';
const FORMER = 'whsec_former';
const sources = (stripeSecrets: string) => `version: 1
sources:
  - { slug: stripe, type: stripe, secrets: [${stripeSecrets}] }
  - { slug: flooded, type: stripe, secrets: ["${STRIPE_SECRET}"], maxBodySize: 1MiB }
  - { slug: stripe-test, type: stripe, secrets: [{ value: "${TEST_MODE}", label: test mode }] }
  - { slug: shop, type: shopify, secrets: ["shpss_shopify_test_secret"] }
  - { slug: bot, type: telegram, secrets: ["telegram-test-token_1"] }
`;
const NOW_IN_FORCE = `"${STRIPE_SECRET}", { value: "${ENDED}", label: old one, notAfter: "2026-01-31" }`;

interface Rejection {
  id: string;
  source: string;
  reason: string;
  detail: string;
  nearMiss: boolean;
  offBySeconds: number | null;
  matchedSource: string | null;
  matchedSecret: { fingerprint: string; label: string | null } | null;
  receivedAt: string;
  expiresAt: string;
  bodyBytes: number;
  bodyCut: boolean;
}

describe('a refused request', () => {
  let database: TestDatabase;
  let router: TestRouter;
  const start = (secrets: string): Promise<TestRouter> =>
    startRouter({ databaseUrl: database.url, sourcesYaml: sources(secrets) });

  beforeAll(async () => {
    database = await createTestDatabase();
    await (await start(`"${FORMER}"`)).close();
    router = await start(NOW_IN_FORCE);
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const written = (): Promise<void> => router.app.get(RejectionSampler).drain();
  const list = async (query: string): Promise<Rejection[]> =>
    (await router.api<{ data: Rejection[] }>(`/rejections?${query}`)).data;
  /** Sends it, sees the bare 401, and gives the sample. */
  const refused = async (slug: string, webhook: Parameters<typeof send>[1]): Promise<Rejection> => {
    const answer = await send(router.ingress(slug), webhook);
    expect([answer.status, answer.json?.errors?.[0]?.code]).toEqual([401, 'SIGNATURE_REJECTED']);
    await written();
    const [newest] = await list(`source=${slug}&limit=1`);
    if (!newest) throw new Error('there is no sample');
    return newest;
  };
  const hours = (n: number): Date => new Date(Date.now() + n * 3_600_000);
  const genuine = stripeWebhook('evt_1', 'invoice.paid', { data: { city: 'Zürich' } });
  const withBody = (body: string) => ({ headers: genuine.headers, body: Buffer.from(body) });
  const { 'stripe-signature': _signature, ...bare } = genuine.headers;

  it.each([
    ['missing', () => ({ ...genuine, headers: bare })],
    ['malformed', () => ({ ...genuine, headers: { ...bare, 'stripe-signature': 'nonsense' } })],
    ['wrong', () => stripeWebhook('evt_1', 'invoice.paid', { secret: 'whsec_guess' })],
    ['expired_secret', () => stripeWebhook('evt_1', 'invoice.paid', { secret: ENDED })],
    ['previous_secret', () => stripeWebhook('evt_1', 'invoice.paid', { secret: FORMER })],
    ['body_changed', () => withBody(JSON.stringify(JSON.parse(genuine.body.toString())))],
    ['body_changed', () => withBody(`\ufeff${genuine.body.toString()}`)],
    ['body_changed', () => withBody(genuine.body.toString().replaceAll('\n', '\r\n'))],
    ['body_changed', () => withBody(`${genuine.body.toString()}\n`)],
    ['other_source', () => shopifyWebhook('w-1')],
  ])('is found to be %s', async (reason, make) => {
    expect(await refused('stripe', make())).toMatchObject({ source: 'stripe', reason });
  });

  it('is found to be too old or ahead of its time, with by how much', async () => {
    const old = await refused('stripe', stripeWebhook('evt_1', 'invoice.paid', { now: hours(-1) }));
    expect(old).toMatchObject({ reason: 'stale', nearMiss: true });
    expect(old.offBySeconds).toBeGreaterThanOrEqual(3_600);
    expect(old.offBySeconds).toBeLessThan(3_660);
    const early = await refused('stripe', stripeWebhook('evt_1', 'invoice.paid', { now: hours(1) }));
    expect(early.reason).toBe('future');
    expect(early.offBySeconds).toBeGreaterThan(3_540);
  });

  it('names the source and the secret that fit, by fingerprint and label', async () => {
    const sample = await refused('stripe', stripeWebhook('evt_1', 'invoice.paid', { secret: TEST_MODE }));
    expect(sample).toMatchObject({
      reason: 'other_source',
      matchedSource: 'stripe-test',
      matchedSecret: { fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/), label: 'test mode' },
    });
  });

  it('can be read one by one and by filter, page by page, and expires after seven days', async () => {
    const stale = await list('reason=stale');
    expect(stale.map(({ reason }) => reason)).toEqual(['stale']);
    const { data } = await router.api<{ data: Rejection }>(`/rejections/${stale[0]?.id}`);
    expect(data).toEqual(stale[0]);
    const days = (Date.parse(data.expiresAt) - Date.parse(data.receivedAt)) / 86_400_000;
    expect(Math.round(days)).toBe(7);
    const first = await router.api<{ data: Rejection[]; page: { next: string } }>('/rejections?limit=2');
    const second = await router.api<{ data: Rejection[] }>(`/rejections?limit=2&cursor=${first.page.next}`);
    expect(new Set([...first.data, ...second.data].map(({ id }) => id)).size).toBe(4);
    expect(await list(`to=${encodeURIComponent(hours(-1).toISOString())}`)).toEqual([]);
    expect((await list(`from=${encodeURIComponent(hours(-1).toISOString())}`)).length).toBeGreaterThan(5);
    expect(await router.api('/rejections?reason=other')).toMatchObject({ errors: [{ code: 'INVALID_REQUEST' }] });
    expect(await router.api('/rejections/rej_nothing')).toMatchObject({ errors: [{ code: 'REJECTION_NOT_FOUND' }] });
  });

  it('leaves nothing readable in the database: no body, no signature, no token', async () => {
    const canaries = ['canary-refused-body', 'canary-refused-token', 'canary-authorization'];
    const [body = '', token = '', authorization = ''] = canaries;
    await refused('stripe', {
      headers: { 'stripe-signature': `t=1,v1=${'0'.repeat(64)}`, authorization: `Bearer ${authorization}` },
      body: Buffer.from(body),
    });
    await refused('bot', { ...telegramWebhook(1), headers: { 'x-telegram-bot-api-secret-token': token } });
    for (const canary of [...canaries, STRIPE_SECRET, TEST_MODE, ENDED, FORMER, '0'.repeat(64)]) {
      expect([canary, await tablesHolding(database.pool, canary)]).toEqual([canary, []]);
    }
  });

  it('has only a part of a large body kept, and says so', async () => {
    const large = rawStripeWebhook(Buffer.alloc(200 * 1024, 'x'), { secret: 'whsec_guess' });
    expect(await refused('flooded', large)).toMatchObject({
      bodyBytes: 200 * 1024,
      bodyCut: true,
      reason: 'wrong',
      detail: expect.stringContaining('too large to look closer'),
    });
  });

  it('is kept twenty times a minute in a flood, near misses among them, and the rest is counted', async () => {
    const forged = { ...genuine, headers: { ...bare, 'stripe-signature': 'nonsense' } };
    const sampler = router.app.get(RejectionSampler);
    const before = { ...sampler.counts };
    const flood = async (): Promise<void> => {
      for (let n = 0; n < 250; n += 1) await send(router.ingress('flooded'), forged);
    };
    const beganAt = Date.now();
    await Promise.all(Array.from({ length: 8 }, flood));
    const nearMiss = await refused('flooded', stripeWebhook('evt_1', 'invoice.paid', { now: hours(-2) }));
    expect(nearMiss).toMatchObject({ reason: 'stale', nearMiss: true });
    const minutes = Math.floor(Date.now() / 60_000) - Math.floor(beganAt / 60_000) + 1;
    const rows = await list('source=flooded&reason=malformed&limit=200');
    expect(rows.length).toBeGreaterThanOrEqual(10);
    expect(rows.length).toBeLessThanOrEqual(10 * minutes);
    expect(sampler.counts.dropped).toBe(before.dropped);
    // Nothing of the flood is in memory any more, and the rest is told when the minute is over.
    expect(sampler.counts.kept - before.kept).toBe(rows.length + 1);
  });

  it('goes when its time is over, and when a thousand of its kind have come after it', async () => {
    const { pool } = database;
    await pool.query(`UPDATE hookyard.rejection SET expires_at = now() - interval '1 s' WHERE reason = 'stale'`);
    await pool.query(
      `INSERT INTO hookyard.rejection (id, source_id, received_at, expires_at, reason, detail, near_miss, body_length, body_cut,
         request_sealed)
       SELECT gen_random_uuid(), 4711, now(), now() + interval '1 day', 'wrong', '', n % 2 = 0, 0, false, ''
       FROM generate_series(1, 5000) n`,
    );
    const store = router.app.get(RejectionStore);
    await Promise.all([store.sweep(), store.sweep()]);
    await store.sweep();
    const { rows } = await pool.query<{ near_miss: boolean; n: number }>(
      `SELECT near_miss, count(*)::int AS n FROM hookyard.rejection WHERE source_id = 4711 GROUP BY 1 ORDER BY 1`,
    );
    expect(rows).toEqual([
      { near_miss: false, n: 1_000 },
      { near_miss: true, n: 1_000 },
    ]);
    expect(await list('reason=stale')).toEqual([]);
    expect((await list('source=flooded&reason=wrong')).length).toBeGreaterThan(0);
  });

  it('is dropped and counted when it cannot be written; nothing piles up and webhooks go on', async () => {
    const sampler = router.app.get(RejectionSampler);
    const { dropped } = sampler.counts;
    await database.pool.query(`ALTER TABLE hookyard.rejection RENAME TO rejection_away`);
    const forged = stripeWebhook('evt_1', 'invoice.paid', { secret: 'whsec_guess' });
    expect((await send(router.ingress('shop'), forged)).status).toBe(401);
    await until('it is given up', () => sampler.counts.dropped === dropped + 1);
    await database.pool.query(`ALTER TABLE hookyard.rejection_away RENAME TO rejection`);
    expect((await send(router.ingress('stripe'), stripeWebhook('evt_fine'))).status).toBe(200);
  });
});
