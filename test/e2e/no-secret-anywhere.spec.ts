import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { makeCertificate } from '../support/certificates.js';
import { Collector } from '../support/collector.js';
import { tablesHolding } from '../support/database-text.js';
import { MainProcess } from '../support/main-process.js';
import { Receiver } from '../support/receiver.js';
import { routerEnv } from '../support/router.js';
import { send, shopifyWebhook, stripeWebhook, telegramWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(90_000);

const PORT = '1'; // Nobody listens there.
const certificate = makeCertificate('canary', { hosts: ['127.0.0.1'] });

/** What is configured in confidence: nowhere but in sealed columns. */
const configured = {
  stripe: 'whsec_canary_stripe_secret',
  shopify: 'canary_shopify_secret',
  telegram: 'canary_telegram_bearer',
  apiKey: 'hky_canary_api_key_0123456789',
  encryptionKey: randomBytes(32).toString('base64'),
  signing: `whsec_${randomBytes(24).toString('base64')}`,
  resign: 'canary_resign_with',
  header: 'canary-destination-header',
  urlToken: 'canary-url-token',
  urlPath: 'canary-url-path',
  proxyPassword: 'canary-proxy-password',
  tlsKey: certificate.key.split('\n')[1] ?? '',
  collectorKey: 'canary-collector-key',
};
/** Said by strangers and senders beside the body: nowhere at all. */
const overheard = {
  cookie: 'canary-cookie',
  authorization: 'canary-authorization',
  query: 'canary-ingress-query',
  forgedSignature: 'canaryforgedsignature',
  wrongKey: 'canary-wrong-api-key',
};
/** What webhooks say: in the table of bodies, and in the one that they are searched by. */
const bodies = { accepted: 'canary-accepted-body', dead: 'canary-dead-body' };

describe('a router told many secrets, through all that it does', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let collector: Collector;
  let main: MainProcess;
  let url = '';
  let secrets: [string, string][] = [];
  /** Every answer, with its headers. */
  const told: string[] = [];

  const ask = async (
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    key = configured.apiKey,
  ): Promise<unknown> => {
    const response = await request(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.body.text();
    told.push(text, JSON.stringify(response.headers));
    return text.startsWith('{') ? (JSON.parse(text) as { data?: unknown }).data : text;
  };
  const post = async (path: string, webhook: { headers: object; body: Buffer | string }, expected: number) => {
    const gossip = { cookie: `s=${overheard.cookie}`, authorization: `Bearer ${overheard.authorization}` };
    const answer = await send(`${url}${path}`, { ...webhook, headers: { ...webhook.headers, ...gossip } } as never);
    expect([path, answer.status]).toEqual([path, expected]);
    told.push(answer.text, JSON.stringify(answer.headers));
    return answer.json?.id ?? '';
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    receiver.answer = ({ path }, response) =>
      response.writeHead(path.startsWith('/dead') ? 422 : 200).end('canary-answer');
    collector = await Collector.start();
    const open = 'allowPrivateNetwork: true';
    const yaml = `version: 1
destinations:
  - { name: good, url: "http://127.0.0.1:${receiver.port}/\${URL_PATH}?token=\${URL_TOKEN}", ${open}, signingSecrets: ["\${SIGNING}"], headers: { x-token: "\${HEADER}" } }
  - { name: again, url: "http://127.0.0.1:${receiver.port}/raw", payload: raw, resignWith: "\${RESIGN}", ${open} }
  - { name: dead, url: "http://127.0.0.1:${receiver.port}/dead?token=\${URL_TOKEN}", ${open} }
  - { name: refused, url: "http://127.0.0.1:${PORT}/x?token=\${URL_TOKEN}", ${open}, retry: { schedule: [10ms] } }
  - { name: proxied, url: "https://example.invalid/x", proxy: "http://user:\${PROXY_PASSWORD}@127.0.0.1:${PORT}", ${open}, retry: { schedule: [] }, tls: { cert: "\${TLS_CERT}", key: "\${TLS_KEY}" } }
routes:
  - { source: stripe, to: good }
  - { source: stripe, to: again }
  - { source: stripe, to: dead }
  - { source: stripe, to: refused }
  - { source: telegram, to: proxied }
  - { source: shopify, to: good }
`;
    main = await MainProcess.start(yaml, {
      ...routerEnv({ databaseUrl: database.url }),
      LOG_LEVEL: 'trace',
      STRIPE_WEBHOOK_SECRET: configured.stripe,
      SHOPIFY_WEBHOOK_SECRET: configured.shopify,
      TELEGRAM_WEBHOOK_SECRET: configured.telegram,
      HOOKYARD_API_KEY: configured.apiKey,
      HOOKYARD_ENCRYPTION_KEY: configured.encryptionKey,
      SIGNING: configured.signing,
      RESIGN: configured.resign,
      HEADER: configured.header,
      URL_TOKEN: configured.urlToken,
      URL_PATH: configured.urlPath,
      PROXY_PASSWORD: configured.proxyPassword,
      TLS_CERT: certificate.cert,
      TLS_KEY: certificate.key,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${configured.collectorKey}`,
    });
    url = await main.ready();
    const password = decodeURIComponent(new URL(database.url).password);
    secrets = Object.entries({ ...configured, ...overheard, ...(password.length > 8 ? { password } : {}) });
    await exercise();
  });
  afterAll(async () => {
    await main.remove();
    await receiver.stop();
    await collector.stop();
    await database.drop();
  });

  const exercise = async (): Promise<void> => {
    const stripe = stripeWebhook('evt_one', 'invoice.paid', {
      data: { note: bodies.accepted },
      secret: configured.stripe,
    });
    const id = await post(`/webhooks/stripe?token=${overheard.query}`, stripe, 200);
    await post('/webhooks/stripe', stripe, 200);
    const forged = stripeWebhook('evt_two', 'invoice.paid', { data: { note: bodies.dead }, secret: 'whsec_wrong' });
    await post('/webhooks/stripe', forged, 401);
    await post(
      '/webhooks/stripe',
      { ...forged, headers: { 'stripe-signature': `t=1,v1=${overheard.forgedSignature}` } },
      401,
    );
    await post('/webhooks/shopify', shopifyWebhook('id-1'), 401);
    const update = telegramWebhook(1, bodies.dead);
    await post(
      '/webhooks/telegram',
      { ...update, headers: { ...update.headers, 'x-telegram-bot-api-secret-token': configured.telegram } },
      200,
    );
    await post('/webhooks/nobody', forged, 404);
    await until(
      'all deliveries are settled',
      async () => {
        const { rows } = await database.pool.query(`SELECT 1 FROM hookyard.delivery WHERE settled_at IS NULL`);
        return rows.length === 0;
      },
      30_000,
    );
    await until(
      'the failures are filed',
      async () => (await database.pool.query('SELECT 1 FROM hookyard.issue')).rows.length >= 3,
    );
    await ask('POST', `/api/v1/events/${id}/replay`, { destinations: ['dead', 'good'] });
    await ask('POST', '/api/v1/api-keys', { label: 'a label', role: 'viewer' }).then(() => told.splice(-2));
    await ask('POST', '/api/v1/destinations/good/pause', { reason: 'a test' });
    await ask('POST', '/api/v1/destinations/good/resume');
    await ask('GET', '/api/v1/events', undefined, overheard.wrongKey);
    for (const list of [
      'events',
      'deliveries',
      'destinations',
      'sources',
      'rejections',
      'replays',
      'issues',
      'api-keys',
      'audit',
    ]) {
      const found = await ask('GET', `/api/v1/${list}`);
      for (const one of Array.isArray(found) ? (found as Record<string, unknown>[]) : []) {
        const name = one['slug'] ?? one['name'] ?? one['id'];
        if (!['api-keys', 'audit'].includes(list)) await ask('GET', `/api/v1/${list}/${String(name)}`);
      }
    }
    for (const path of [
      '/api/v1/stats',
      '/metrics',
      '/health/ready',
      '/health/live',
      '/api/openapi.json',
      '/api/docs',
      '/api/v1/events?cursor=x',
    ]) {
      await ask('GET', path);
    }
    await until('spans arrived', () => collector.spans.length > 5);
  };

  const leaks = (text: string, what: readonly (readonly [string, string])[]): string[] =>
    what.filter(([, secret]) => text.includes(secret)).map(([name]) => name);

  it('answers with none of them, nor with a body, in any list, page, error or metric', () => {
    const text = told.join('\n');
    expect(text).toContain('hookyard_attempts_total');
    expect(leaks(text, [...secrets, ...Object.entries(bodies)])).toEqual([]);
  });

  it('sends none of them to whoever collects traces', () => {
    expect(leaks(JSON.stringify(collector.spans), [...secrets, ...Object.entries(bodies)])).toEqual([]);
    expect(collector.requests[0]?.authorization).toBe(`Bearer ${configured.collectorKey}`);
  });

  it('writes none of them where the database can be read, and bodies only in their table and in that for searching them', async () => {
    const found: string[] = [];
    for (const [name, secret] of secrets) {
      for (const table of await tablesHolding(database.pool, secret)) found.push(`${name} in ${table}`);
    }
    expect(found).toEqual([]);
    const holding = await tablesHolding(database.pool, bodies.accepted);
    expect(holding.filter((table) => !/^hookyard\.(body|event_search)(_|$)/.test(table))).toEqual([]);
    // The search finds what is there: a body, and a secret that was put where it does not belong.
    expect(holding).not.toEqual([]);
    await database.pool.query(`UPDATE hookyard.issue SET error_class = $1 WHERE status_code = 422`, [
      configured.urlToken,
    ]);
    expect(await tablesHolding(database.pool, configured.urlToken)).toEqual(['hookyard.issue']);
  });

  it('logs none of them, at any level, from its start to its end', async () => {
    main.kill('SIGTERM');
    expect(await main.exitCode()).toBe(0);
    const written = main.stdout + main.stderr;
    for (const event of ['webhook.accepted', 'webhook.refused', 'delivery.dead', 'issue.opened', 'stopped']) {
      expect(written).toContain(`"${event}"`);
    }
    expect(leaks(written, [...secrets, ...Object.entries(bodies), ['answer', 'canary-answer']])).toEqual([]);
    expect(leaks(`${written} ${configured.header}`, secrets)).toEqual(['header']);
  });
});
