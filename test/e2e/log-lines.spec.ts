import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { MainProcess } from '../support/main-process.js';
import { API_KEY, SOURCES_YAML, routerEnv } from '../support/router.js';
import { send, STRIPE_SECRET, stripeWebhook, type Answer } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const LOGGING = fileURLToPath(new URL('../support/logging-main.mjs', import.meta.url));

const LIMITED_SOURCE = `  - { slug: limited, type: stripe, secrets: ["${STRIPE_SECRET}"], limits: { rate: 1/h } }\n`;

type Line = Record<string, unknown>;

describe('the log', () => {
  let database: TestDatabase;
  let main: MainProcess;
  let url = '';

  beforeAll(async () => {
    database = await createTestDatabase();
    const env = { ...routerEnv({ databaseUrl: database.url }), LOG_LEVEL: 'info', LOG_FORMAT: 'json' };
    main = await MainProcess.start(SOURCES_YAML + LIMITED_SOURCE, env, LOGGING);
    url = await main.ready();
  });
  afterAll(async () => {
    await main.remove();
    await database.drop();
  });

  const lineWith = (fields: Line): Promise<Line> =>
    until(`a line with ${JSON.stringify(fields)}`, () =>
      main.lines.find((line) => Object.entries(fields).every(([key, value]) => line[key] === value)),
    );
  const api = async (path: string): Promise<{ code: number; data: Line }> => {
    const headers = { authorization: `Bearer ${API_KEY}` };
    const { statusCode, body } = await request(`${url}/api/v1${path}`, { headers });
    return { code: statusCode, data: ((await body.json()) as { data: Line }).data };
  };
  /** What the answer calls the request. */
  const idOf = ({ headers }: Answer): string => {
    expect(headers['hookyard-request-id']).toMatch(/^rej_[0-9a-f]{32}$/);
    return String(headers['hookyard-request-id']);
  };

  it('says in every line of a handler, whatever else runs, which event and delivery it is about', async () => {
    const ids = ['evt_log_1', 'evt_log_2', 'evt_log_3'];
    const answers = await Promise.all(ids.map((id) => send(`${url}/webhooks/stripe`, stripeWebhook(id))));
    for (const [n, id] of ids.entries()) {
      const eventId = answers[n]?.json?.id;
      const attempted = await lineWith({ event: 'delivery.attempted', eventId });
      const about = { context: 'Orders', eventId, deliveryId: attempted['deliveryId'] };
      expect(await lineWith({ message: `began ${id}` })).toMatchObject({ level: 'info', ...about });
      expect(await lineWith({ message: `ended ${id}` })).toMatchObject({ level: 'warn', ...about });
    }
    // Of Nest itself nothing is said at this level.
    expect(main.lines.filter(({ context }) => context !== undefined && context !== 'Orders')).toEqual([]);
  });

  it('calls a refused signature as its answer and its sample do', async () => {
    const answer = await send(`${url}/webhooks/stripe`, stripeWebhook('evt_forged', 'x', { secret: 'whsec_wrong' }));
    expect(answer.status).toBe(401);
    const requestId = idOf(answer);
    expect(await lineWith({ requestId })).toMatchObject({ event: 'webhook.refused', status: 401, isSampled: true });
    const sample = await until('the sample is kept', async () => {
      const found = await api(`/rejections/${requestId}`);
      return found.code === 200 ? found.data : undefined;
    });
    expect(sample).toMatchObject({ id: requestId, source: 'stripe', reason: 'wrong' });
  });

  it('calls every other refusal as its answer does', async () => {
    const good = stripeWebhook('evt_refused');
    const refusals: [number, Answer][] = [
      [404, await send(`${url}/webhooks/nobody`, good)],
      [
        415,
        await send(`${url}/webhooks/stripe`, { ...good, headers: { ...good.headers, 'content-encoding': 'gzip' } }),
      ],
      [413, await send(`${url}/webhooks/stripe`, { ...good, body: Buffer.alloc(5 * 1024 * 1024 + 1) })],
    ];
    const ids = new Set<string>();
    for (const [status, answer] of refusals) {
      expect(answer.status).toBe(status);
      const requestId = idOf(answer);
      expect(await lineWith({ requestId })).toMatchObject({ event: 'webhook.refused', status, isSampled: false });
      ids.add(requestId);
    }
    expect(ids.size).toBe(refusals.length);
    expect((await send(`${url}/webhooks/limited`, good)).status).toBe(200);
    const over = await send(`${url}/webhooks/limited`, stripeWebhook('evt_over'));
    expect(await lineWith({ requestId: idOf(over) })).toMatchObject({
      event: 'webhook.refused',
      level: 'info',
      source: 'limited',
      code: 'RATE_LIMITED',
      status: 429,
      reason: 'over limits.rate of the source',
      bytes: 0,
      isSampled: false,
    });
    const accepted = await send(`${url}/webhooks/stripe`, good);
    expect([accepted.status, accepted.headers['hookyard-request-id']]).toEqual([200, undefined]);
  });
});

describe('a log on a terminal', () => {
  it('is lines for people, with the fields after the message', async () => {
    const database = await createTestDatabase();
    const env = { ...routerEnv({ databaseUrl: database.url }), LOG_LEVEL: 'info', LOG_FORMAT: 'pretty' };
    const main = await MainProcess.start(SOURCES_YAML, env);
    try {
      const ready = await until('it is ready', () => /Hookyard is ready.*"url":"([^"]+)"/.exec(main.stdout));
      await send(`${ready[1]}/webhooks/stripe`, stripeWebhook('evt_pretty'));
      await until('the webhook is told of', () => main.stdout.includes('webhook accepted'));
    } finally {
      main.kill('SIGTERM');
      await main.exitCode();
      await main.remove();
      await database.drop();
    }
    // Colours only where there is a terminal.
    expect(main.stdout).not.toContain('\u001b[');
    const lines = main.stdout.trim().split('\n');
    const isReadable = /^\[\d\d:\d\d:\d\d\.\d{3}\] (INFO|WARN|ERROR): [^{]+( \{.+\})?$/;
    expect(lines.filter((line) => !isReadable.test(line))).toEqual([]);
    expect(lines.find((line) => line.includes('webhook accepted'))).toMatch(
      /"event":"webhook.accepted".+"source":"stripe"/,
    );
  });
});
