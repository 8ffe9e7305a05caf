import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { ActivityFlusher } from '../../src/activity/activity-flusher.js';
import { AlertWatch } from '../../src/alerts/alert-watch.js';
import { NoticeSender } from '../../src/alerts/notice-sender.js';
import { DigestWatch } from '../../src/digest/digest-watch.js';
import { TopologyStore } from '../../src/routing/topology.store.js';
import { backends } from '../support/backends.js';
import { tablesHolding } from '../support/database-text.js';
import { FakeTelegram } from '../support/fake-telegram.js';
import { Receiver } from '../support/receiver.js';
import { redisText } from '../support/redis-text.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook, telegramWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(90_000);

const whsec = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/** Configured in confidence. */
const configured = {
  stripe: 'whsec_canary_stripe_secret',
  telegram: 'canary_telegram_bearer',
  apiKey: API_KEY,
  urlToken: 'canary-url-token',
  urlPath: 'canary-url-path',
  userinfo: 'canary-url-password',
  alertPath: 'canary-alert-path',
  alertToken: 'canary-alert-token',
  alertSigning: whsec(),
  apiHeader: 'canary-api-header',
  apiSigning: whsec(),
  apiSource: 'whsec_canary_api_source',
  apiPath: 'canary-api-path',
  apiProxy: 'canary-api-proxy-password',
};
/** Sent to the API at a wrong place, or by somebody who guesses. */
const misplaced = {
  field: 'canary-wrong-field',
  text: 'canary-broken-json',
  id: 'canary-wrong-id',
  key: 'canary-wrong-key',
  cursor: 'canary-wrong-cursor',
  secret: 'canary-short',
  type: 'canary-type',
  header: 'canary-list-header',
};
/** What senders and destinations say. */
const overheard = { body: 'canary-body', answer: 'canary-answer', notifier: 'canary-notifier-answer' };

describe.each(backends)('what a router tells people, callers of the API and its queue on %s', (_, redisUrl) => {
  let database: TestDatabase;
  let telegram: FakeTelegram;
  let inbox: Receiver;
  let hook: Receiver;
  let router: TestRouter;
  let others: readonly (readonly [string, string])[] = [];
  /** Every answer of the API, with its headers. */
  const told: string[] = [];

  const yaml = (): string => `
destinations:
  - { name: dead, url: "http://127.0.0.1:${inbox.port}/${configured.urlPath}?token=${configured.urlToken}", allowPrivateNetwork: true }
  - { name: gone, url: "http://127.0.0.1:1/${configured.urlPath}?token=${configured.urlToken}", allowPrivateNetwork: true, retry: { schedule: [] }, breaker: { failures: 1 } }
routes:
  - { source: stripe, to: dead }
  - { source: telegram, to: gone }
alerts:
  webhook: { url: "http://127.0.0.1:${hook.port}/${configured.alertPath}?key=${configured.alertToken}", allowPrivateNetwork: true, signingSecrets: ["${configured.alertSigning}"] }
digest: { at: "00:00" }
monitor: { interval: 1h }
`;
  const start = (role: string): Promise<TestRouter> =>
    startRouter({
      databaseUrl: database.url,
      redisUrl,
      sourcesYaml: `version: 1
sources:
  - { slug: stripe, type: stripe, secrets: ["${configured.stripe}"] }
  - { slug: telegram, type: telegram, secrets: ["${configured.telegram}"] }
`,
      yaml: yaml(),
      env: { ...telegram.env, HOOKYARD_ROLE: role },
    });
  const ask = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<number> => {
    const response = await request(`${router.managementUrl}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${configured.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    told.push(await response.body.text(), JSON.stringify(response.headers));
    return response.statusCode;
  };
  const post = async (n: number): Promise<void> => {
    const data = { note: overheard.body };
    const stripe = stripeWebhook(`evt_${n}`, 'invoice.paid', { secret: configured.stripe, data });
    expect((await send(router.ingress('stripe'), stripe)).status).toBe(200);
    const { headers, body } = telegramWebhook(n, overheard.body);
    const signed = { ...headers, 'x-telegram-bot-api-secret-token': configured.telegram };
    expect((await send(router.ingress('telegram'), { headers: signed, body })).status).toBe(200);
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    [telegram, inbox, hook] = [await FakeTelegram.start(), await Receiver.start(), await Receiver.start()];
    inbox.answer = (_request, response) => response.writeHead(422).end(overheard.answer);
    router = await start('all');
    const monitor = router.app.get(TopologyStore).current.sources.get('hookyard-monitor')?.secrets[0]?.value;
    const botToken = telegram.env['TELEGRAM_ALERT_BOT_TOKEN'];
    others = [
      ['monitor', String(monitor)],
      ['botToken', String(botToken)],
    ];
    expect(others.every(([, secret]) => secret.length > 20)).toBe(true);
  });
  afterAll(async () => {
    await router.close();
    await Promise.all([telegram.stop(), inbox.stop(), hook.stop()]);
    await database.drop();
  });

  const all = (): readonly (readonly [string, string])[] => [
    ...Object.entries({ ...configured, ...misplaced, ...overheard }),
    ...others,
  ];
  const leaks = (text: string): string[] => all().flatMap(([name, secret]) => (text.includes(secret) ? [name] : []));

  it('is in no alert and no digest, nor in what is kept of those that could not be sent', async () => {
    telegram.instead.push((_request, response) => response.writeHead(500).end(overheard.notifier));
    hook.answer = (_request, response) => void response.destroy();
    for (let n = 1; n <= 3; n += 1) await post(n);
    await until('dead letters of both', async () => {
      const { rows } = await database.pool.query(
        `SELECT DISTINCT destination_id FROM hookyard.delivery WHERE status = 'dead'`,
      );
      return rows.length === 2;
    });
    await router.app.get(ActivityFlusher).flush();
    await database.pool.query(`UPDATE hookyard.activity SET bucket = bucket - interval '1 day'`);
    await router.app.get(AlertWatch).look();
    await router.app.get(DigestWatch).look();
    await until('neither channel took them', async () => {
      const { rows } = await database.pool.query(
        `SELECT DISTINCT channel FROM hookyard.notice WHERE last_error IS NOT NULL`,
      );
      return rows.length === 2;
    });
    hook.answer = 200;
    const texts = await until('people were told', async () => {
      await database.pool.query(`UPDATE hookyard.notice SET next_attempt_at = now() WHERE ended_at IS NULL`);
      router.app.get(NoticeSender).wake();
      const heard = [
        ...telegram.texts,
        ...hook.received.map(({ headers, body }) => `${JSON.stringify(headers)} ${body.toString()}`),
      ];
      const isWhole = [telegram.texts.join('\n'), heard.join('\n')].every(
        (text) => text.includes('digest of') && text.includes('Deliveries to dead became dead letters'),
      );
      return isWhole ? heard : undefined;
    });
    expect(leaks(texts.join('\n'))).toEqual([]);
    expect(leaks(`${texts.join('\n')} ${configured.alertToken}`)).toEqual(['alertToken']);
  });

  it('is in no answer of the API, right or wrong, and not in the audit', async () => {
    const destination = {
      name: 'by-hand',
      url: `https://example.com/${configured.apiPath}?token=${configured.urlToken}`,
      headers: { 'x-token': configured.apiHeader },
      signingSecrets: [configured.apiSigning],
      proxy: `http://user:${configured.apiProxy}@proxy.example.com:3128`,
    };
    expect(await ask('POST', '/destinations', destination)).toBeLessThan(300);
    expect(await ask('PATCH', '/destinations/by-hand', { timeout: '3s' })).toBeLessThan(300);
    const source = { slug: 'by-hand', type: 'stripe', secrets: [configured.apiSource] };
    expect(await ask('POST', '/sources', source)).toBeLessThan(300);
    expect(await ask('PATCH', '/sources/by-hand', { secrets: [configured.apiSource, 'x'] })).toBeLessThan(300);
    const wrong: [Parameters<typeof ask>, number][] = [
      [['POST', '/destinations', { name: 'x', url: `https://user:${configured.userinfo}@example.com/` }], 400],
      [['POST', '/destinations', { name: 'x', url: 'https://a.example', timeout: misplaced.field }], 400],
      [['POST', '/destinations', { name: 'x', url: 'https://a.example', signingSecrets: [misplaced.secret] }], 400],
      [['POST', '/destinations', { name: 'x', url: 'https://a.example', headers: [misplaced.header] }], 400],
      [['POST', '/sources', { slug: 'x', type: misplaced.type, secrets: [misplaced.secret] }], 400],
      [['POST', '/sources', { slug: 'x', type: 'standard-webhooks', secrets: [misplaced.secret] }], 400],
      [['PATCH', '/destinations/dead', { headers: { a: misplaced.field } }], 409],
      [['POST', '/routes', { source: misplaced.field, to: misplaced.id }], 400],
      [['POST', '/routes', `{"source": "${misplaced.text}`], 400],
      [['GET', `/events?cursor=${misplaced.cursor}`], 400],
      [['GET', `/events/${misplaced.id}`], 404],
      [['GET', `/rejections?reason=${misplaced.field}`], 400],
      [['GET', `/deliveries?status=${misplaced.field}`], 400],
      [['GET', '/events', undefined, { authorization: `Bearer ${misplaced.key}` }], 401],
    ];
    for (const [call, status] of wrong)
      expect([call[0], call[1], await ask(...call)]).toEqual([call[0], call[1], status]);
    for (const list of [
      'destinations',
      'sources',
      'routes',
      'issues',
      'alerts',
      'alerts/channels',
      'audit?limit=100',
    ]) {
      expect(await ask('GET', `/${list}`)).toBe(200);
    }
    // The audit's answer was the last.
    expect(told.at(-2)).toContain('"by-hand"');
    expect(leaks(told.join('\n'))).toEqual([]);
  });

  it('is in no job that waits in the queue, nor anywhere else where the database can be read', async () => {
    await router.close();
    // Nobody works: what is claimed stays in the queue.
    router = await start('api');
    await database.pool.query(
      `UPDATE hookyard.destination_gate SET breaker_state = 'closed', failures = 0, failing_deliveries = '{}', opened_until = NULL`,
    );
    await post(10);
    const batchId = await until('a batch is claimed', async () => {
      const { rows } = await database.pool.query<{ id: string }>(
        `SELECT b.id FROM hookyard.delivery_batch b JOIN hookyard.destination d ON d.id = b.destination_id WHERE d.name = 'dead'`,
      );
      return rows[0]?.id;
    });
    const jobs = await until('its job is in the queue', async () => {
      if (redisUrl !== undefined) {
        const text = await redisText(redisUrl);
        return text.includes(batchId) ? text : undefined;
      }
      const holding = await tablesHolding(database.pool, batchId);
      return holding.some((table) => table.startsWith('bullmq.')) ? holding.join() : undefined;
    });
    expect(leaks(jobs)).toEqual([]);
    const found: string[] = [];
    for (const [name, secret] of all()) {
      for (const table of await tablesHolding(database.pool, secret)) found.push(`${name} in ${table}`);
    }
    // Bodies lie in their table and in the one that lists search; what a destination answered in the attempt's row.
    const allowed = /^(body in hookyard\.(body|event_search)(_\w+)?|answer in hookyard\.attempt(_\w+)?)$/;
    expect(found.filter((one) => !allowed.test(one))).toEqual([]);
    expect(found.some((one) => allowed.test(one))).toBe(true);
  });
});
