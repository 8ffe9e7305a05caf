import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { request } from 'undici';
import { tablesHolding } from '../support/database-text.js';
import { MainProcess } from '../support/main-process.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, routerEnv } from '../support/router.js';
import {
  send,
  stripeWebhook,
  telegramWebhook,
  STRIPE_SECRET,
  TELEGRAM_SECRET,
  type Webhook,
} from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(30_000);

/** What Hookyard is told in confidence. */
const configured = {
  stripe: STRIPE_SECRET,
  telegram: TELEGRAM_SECRET,
  apiKey: 'hky_canary_api_key_0123456789',
  encryptionKey: randomBytes(32).toString('base64'),
  signing: `whsec_${randomBytes(24).toString('base64')}`,
  destinationHeader: 'canary-destination-header',
};
/** What strangers and senders say that is nobody's business. */
const overheard = {
  authorization: 'canary-authorization',
  cookie: 'canary-cookie',
  apiKeyHeader: 'canary-x-api-key',
  query: 'canary-query',
  slug: 'canary-slug',
  forgedBody: 'canary-forged-body',
  forgedSignature: 'canary-forged-signature',
  forgedToken: 'canary-forged-token',
  wrongKey: 'canary-wrong-key',
  parameter: 'canary-parameter',
};
/** Kept in its place in the database, and not to be in a log. */
const kept = { accepted: 'canary-accepted-body', answered: 'canary-destination-answer', target: 'canary-target-query' };

describe('a secret', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let main: MainProcess;
  let url = '';
  let password = '';
  const texts: string[] = [];
  const held: ServerResponse[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    password = decodeURIComponent(new URL(database.url).password);
    receiver = await Receiver.start();
    receiver.answer = (_received, response) => void held.push(response);
    const destination = 'signingSecrets: ["${SIGNING}"], headers: { x-destination: "${DESTINATION_HEADER}" }';
    const yaml = destinationYaml('inbox', `${receiver.url}?token=${kept.target}`, destination);
    main = await MainProcess.start(`version: 1\n${yaml}`, {
      ...routerEnv({ databaseUrl: database.url }),
      LOG_LEVEL: 'debug',
      STRIPE_WEBHOOK_SECRET: configured.stripe,
      SHOPIFY_WEBHOOK_SECRET: configured.stripe,
      TELEGRAM_WEBHOOK_SECRET: configured.telegram,
      HOOKYARD_API_KEY: configured.apiKey,
      HOOKYARD_ENCRYPTION_KEY: configured.encryptionKey,
      SIGNING: configured.signing,
      DESTINATION_HEADER: configured.destinationHeader,
    });
    url = await main.ready();
    await exchange();
    await until('two deliveries wait for their answer', () => held.length === 2);
  });
  afterAll(async () => {
    await main.remove();
    await receiver.stop();
    await database.drop();
  });

  /** Every kind of request that carries one. */
  const exchange = async (): Promise<void> => {
    const gossip = {
      authorization: `Bearer ${overheard.authorization}`,
      cookie: `session=${overheard.cookie}`,
      'x-api-key': overheard.apiKeyHeader,
    };
    const post = async (path: string, { headers, body }: Webhook, expected: number): Promise<void> => {
      const answer = await send(`${url}${path}`, { headers: { ...headers, ...gossip }, body });
      expect([path, answer.status]).toEqual([path, expected]);
      texts.push(answer.text, JSON.stringify(answer.headers));
    };
    const genuine = stripeWebhook('evt_genuine', 'invoice.paid', { data: { note: kept.accepted } });
    const forged = stripeWebhook('evt_forged', 'invoice.paid', {
      data: { note: overheard.forgedBody },
      secret: 'whsec_guess',
    });
    const telegram = telegramWebhook(1);
    await post(`/webhooks/stripe?token=${overheard.query}`, genuine, 200);
    await post('/webhooks/telegram', telegram, 200);
    await post('/webhooks/stripe', forged, 401);
    await post('/webhooks/stripe', { ...forged, headers: { 'stripe-signature': overheard.forgedSignature } }, 401);
    const guess = { 'x-telegram-bot-api-secret-token': overheard.forgedToken };
    await post('/webhooks/telegram', { ...telegram, headers: guess }, 401);
    await post(`/webhooks/${overheard.slug}`, forged, 404);
    await post(`/${overheard.slug}`, forged, 404);
    const asks: [string, string, number][] = [
      ['/api/v1/events', overheard.wrongKey, 401],
      [`/api/v1/events?${overheard.parameter}=1`, configured.apiKey, 400],
      [`/api/v1/events?cursor=${overheard.parameter}`, configured.apiKey, 400],
      [`/api/v1/events/${overheard.parameter}`, configured.apiKey, 404],
      ['/api/v1/events', configured.apiKey, 200],
      ['/health/ready', configured.apiKey, 200],
    ];
    for (const [path, key, expected] of asks) {
      const response = await request(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
      expect([path, response.statusCode]).toEqual([path, expected]);
      texts.push(await response.body.text(), JSON.stringify(response.headers));
    }
  };

  const secrets = (): [string, string][] => Object.entries({ ...configured, ...overheard, password });

  it('is in no answer', () => {
    const told = texts.join('\n');
    // The parameter's name is the caller's own word, and names the mistake.
    const leaked = secrets().filter(([name, secret]) => name !== 'parameter' && told.includes(secret));
    expect(leaked).toEqual([]);
  });

  it('is in no table that anyone can read, while the queue carries a job', async () => {
    const leaks = [];
    for (const [name, secret] of secrets()) {
      for (const table of await tablesHolding(database.pool, secret)) leaks.push(`${name} in ${table}`);
    }
    expect(leaks).toEqual([]);
    const jobs = await database.pool.query<{ data: object }>('SELECT data FROM bullmq.job');
    expect(jobs.rows.length).toBeGreaterThan(0);
    for (const { data } of jobs.rows) expect(data).toEqual({ batchId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    // The search finds what is there.
    expect(await tablesHolding(database.pool, kept.accepted)).toContain('hookyard.body');
  });

  it('is in no line of the log, nor is what a webhook or a destination said', async () => {
    for (const response of held) response.writeHead(500).end(kept.answered);
    await until('both attempts are in the log', () => main.stdout.split('"delivery.attempted"').length > 2);
    main.kill('SIGTERM');
    expect(await main.exitCode()).toBe(0);
    const written = main.stdout + main.stderr;
    expect(written).toContain('evt_genuine');
    expect([...secrets(), ...Object.entries(kept)].filter(([, secret]) => written.includes(secret))).toEqual([]);
    expect(await tablesHolding(database.pool, kept.answered)).not.toEqual([]);
  });
});
