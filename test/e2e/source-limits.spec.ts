/** How often a source may be called: `limits` of a source. */
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { apiCall } from '../support/api-call.js';
import { commandInProcess } from '../support/command-in-process.js';
import { RawConnection, requestBytes, wireHeaders } from '../support/raw-http.js';
import { readExposition } from '../support/read-exposition.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { send, STRIPE_SECRET, stripeWebhook, type Answer } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const KEY = randomBytes(32).toString('base64');
const SOURCES = `version: 1
sources:
  - { slug: free, type: stripe, secrets: ["${STRIPE_SECRET}"] }
  - { slug: limited, type: stripe, secrets: ["${STRIPE_SECRET}"], limits: { rate: 1/h, burst: 3 } }
  - { slug: neighbour, type: stripe, secrets: ["${STRIPE_SECRET}"], limits: { rate: 1/h, burst: 3 } }
  - { slug: quick, type: stripe, secrets: ["${STRIPE_SECRET}"], limits: { rate: 1/s, burst: 2 } }
  - { slug: forged, type: stripe, secrets: ["${STRIPE_SECRET}"], limits: { rate: 1/h } }
  - { slug: asked, type: stripe, secrets: ["${STRIPE_SECRET}"], limits: { rate: 1/h } }
  - { slug: spent, type: stripe, secrets: ["${STRIPE_SECRET}"], limits: { rate: 1/h } }
`;

describe('a source with a limit', () => {
  let database: TestDatabase;
  let router: TestRouter;
  let other: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    const settings = { databaseUrl: database.url, sourcesYaml: SOURCES, env: { HOOKYARD_ENCRYPTION_KEY: KEY } };
    router = await startRouter(settings);
    other = await startRouter(settings);
    await send(router.ingress('spent'), stripeWebhook('evt_spent'));
  });
  afterAll(async () => {
    await other.close();
    await router.close();
    await database.drop();
  });

  const sendMany = async (slug: string, count: number, to = router): Promise<Map<string, Answer>> => {
    const ids = Array.from({ length: count }, (_, n) => `evt_${slug}_${randomBytes(4).toString('hex')}_${n}`);
    const answers = await Promise.all(ids.map((id) => send(to.ingress(slug), stripeWebhook(id))));
    return new Map(ids.map((id, n) => [id, answers[n] as Answer]));
  };
  const statusesOf = (answers: Map<string, Answer>): number[] =>
    [...answers.values()].map(({ status }) => status).toSorted((a, b) => a - b);
  const call = (method: 'POST' | 'PATCH' | 'GET', path: string, body?: object) =>
    apiCall(router.managementUrl, method, path, body ? { body } : {});

  it('takes a burst; what is over it gets 429 with Retry-After, and is not stored', async () => {
    const answers = await sendMany('limited', 8);
    expect(statusesOf(answers)).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
    for (const [id, { status, headers, json }] of answers) {
      const { page } = await router.api(`/events?externalId=${id}`);
      expect([id, page?.total]).toEqual([id, status === 200 ? 1 : 0]);
      if (status === 200) continue;
      expect(json).toEqual({
        status: 'error',
        data: null,
        errors: [{ code: 'RATE_LIMITED', message: expect.any(String) }],
      });
      // One comes back in an hour; the pause is spread over some seconds.
      expect(Number(headers['retry-after'])).toBeGreaterThan(3_500);
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(3_605);
    }
  });

  it('takes nothing from another source, nor from one without a limit', async () => {
    expect(statusesOf(await sendMany('neighbour', 3))).toEqual([200, 200, 200]);
    expect(new Set(statusesOf(await sendMany('free', 100)))).toEqual(new Set([200]));
  });

  it('takes what comes again after the time that its answer named', async () => {
    const answers = await sendMany('quick', 20);
    const [id, answer] = [...answers].find(([, { status }]) => status === 429) ?? [];
    expect(id).toBeDefined();
    const seconds = Number(answer?.headers['retry-after']);
    expect(seconds).toBeGreaterThanOrEqual(1);
    const again = await until(
      'its retry is taken',
      async () => {
        const retried = await send(router.ingress('quick'), stripeWebhook(id as string));
        return retried.status === 200 ? retried : undefined;
      },
      (seconds + 2) * 1_000,
    );
    expect(again.json?.status).toBe('accepted');
  });

  it('counts what is forged too, because it refuses before it reads', async () => {
    const forgery = stripeWebhook('evt_forged', 'invoice.paid', { secret: 'whsec_of_somebody_else' });
    expect((await send(router.ingress('forged'), forgery)).status).toBe(401);
    expect((await send(router.ingress('forged'), stripeWebhook('evt_genuine'))).status).toBe(429);
  });

  it('counts nothing but POST', async () => {
    for (let n = 0; n < 5; n += 1) {
      const { statusCode, body } = await request(router.ingress('asked'));
      await body.dump();
      expect(statusCode).toBe(405);
    }
    expect((await send(router.ingress('asked'), stripeWebhook('evt_asked'))).status).toBe(200);
  });

  it('leaves the connection usable when it refuses', async () => {
    const connection = await RawConnection.open(router.url);
    const webhook = stripeWebhook('evt_same_connection');
    connection.write(requestBytes('/webhooks/spent', wireHeaders(webhook), webhook.body));
    expect(await connection.answer()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    connection.write(requestBytes('/webhooks/free', wireHeaders(webhook), webhook.body));
    expect((await connection.answer()).status).toBe(200);
    connection.close();
  });

  it('refuses before a byte of the body came, and does not wait for it for long', async () => {
    const connection = await RawConnection.open(router.url);
    connection.write(requestBytes('/webhooks/spent', wireHeaders(stripeWebhook('evt_unread'))));
    expect(await connection.answer()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    await connection.ended(5_000);
    connection.close();
  });

  it('counts its refusals in the metrics, and keeps no sample of them', async () => {
    await send(router.ingress('spent'), stripeWebhook('evt_counted'));
    const forgery = stripeWebhook('evt_sampled', 'invoice.paid', { secret: 'whsec_of_somebody_else' });
    expect((await send(router.ingress('free'), forgery)).status).toBe(401);
    const samplesOf = async (slug: string): Promise<number> =>
      (await router.api(`/rejections?source=${slug}`)).data.length;
    await until('a refused signature is kept', async () => (await samplesOf('free')) > 0);
    expect(await samplesOf('spent')).toBe(0);
    await until('the refusal is counted', async () => {
      const response = await request(`${router.managementUrl}/metrics`);
      const refusals = readExposition(await response.body.text()).get('hookyard_refusals_total');
      return (refusals?.samples.get('hookyard_refusals_total{source="spent",code="RATE_LIMITED"}') ?? 0) > 0;
    });
  });

  it('is made, shown, changed and freed over the API, and every process counts for itself', async () => {
    const source = { slug: 'by-hand', type: 'stripe', secrets: [STRIPE_SECRET], limits: { rate: '1/h', burst: 2 } };
    expect((await call('POST', '/sources', source)).code).toBe(201);
    const shown = async (): Promise<unknown> => (await call('GET', '/sources/by-hand')).body.data['limits'];
    expect(await shown()).toEqual({ ratePerSecond: 1 / 3_600, burst: 2 });
    await until('the other process has it', async () => (await other.api('/sources/by-hand')).data?.['limits'], 2_000);
    for (const one of [router, other]) {
      expect(statusesOf(await sendMany('by-hand', 4, one))).toEqual([200, 200, 429, 429]);
    }
    const takes = async (to: TestRouter): Promise<boolean> =>
      statusesOf(await sendMany('by-hand', 1, to)).includes(200);
    expect((await call('PATCH', '/sources/by-hand', { limits: { rate: '1/h', burst: 3 } })).code).toBe(200);
    expect(await shown()).toEqual({ ratePerSecond: 1 / 3_600, burst: 3 });
    // One more than before, in each.
    for (const one of [router, other]) {
      await until('a process takes one more', () => takes(one), 2_000);
      expect(await takes(one)).toBe(false);
    }
    expect((await call('PATCH', '/sources/by-hand', { limits: null })).code).toBe(200);
    expect(await shown()).toBeNull();
    await until('the other process takes everything', () => takes(other), 2_000);
    expect(new Set(statusesOf(await sendMany('by-hand', 20, other)))).toEqual(new Set([200]));
    expect(new Set(statusesOf(await sendMany('by-hand', 20)))).toEqual(new Set([200]));
  });

  it.each([
    [{ rate: '0/s' }, 'limits.rate: would let nothing through'],
    [{ rate: 50 }, 'limits.rate: has no unit'],
    [{ burst: 5 }, 'limits.rate: is missing'],
    [{ rate: '1/s', burst: 0 }, 'limits.burst: must be a whole number from 1'],
    [{ rate: '1/s', concurrency: 1 }, 'limits.concurrency: is not a key here'],
  ])('is refused over the API with its path where it is wrong: %j', async (limits, problem) => {
    const wrong = { slug: 'wrong', type: 'stripe', secrets: [STRIPE_SECRET], limits };
    const { code, body } = await call('POST', '/sources', wrong);
    expect([code, body.errors]).toEqual([
      400,
      [{ code: 'INVALID_REQUEST', message: expect.stringContaining(problem) }],
    ]);
  });

  it('is in an export as it was written', async () => {
    const env = { DATABASE_URL: database.url, HOOKYARD_ENCRYPTION_KEY: KEY };
    const { code, stdout } = await commandInProcess(['config', 'export', '--json'], { cwd: tmpdir(), env });
    expect(code).toBe(0);
    const { sources } = (JSON.parse(stdout) as { file: { sources: { slug: string; limits?: object }[] } }).file;
    expect(sources.find(({ slug }) => slug === 'limited')?.limits).toEqual({ rate: '1/h', burst: 3 });
    expect(sources.find(({ slug }) => slug === 'free')?.limits).toBeUndefined();
  });
});
