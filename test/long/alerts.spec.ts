import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Pool } from 'pg';
import { AlertWatch } from '../../src/alerts/alert-watch.js';
import { NoticeSender } from '../../src/alerts/notice-sender.js';
import { apiCall } from '../support/api-call.js';
import { FakeTelegram } from '../support/fake-telegram.js';
import { ask, destinationAt } from '../support/operator.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('alerts', () => {
  let database: TestDatabase;
  let pool: Pool;
  let telegram: FakeTelegram;
  let inbox: Receiver;
  let webhook: Receiver;
  let routers: TestRouter[];
  let events = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ pool } = database);
    [telegram, inbox, webhook] = [await FakeTelegram.start(), await Receiver.start(), await Receiver.start()];
    const extra = 'retry: { schedule: [20ms, 20ms, 1h] }, breaker: { failures: 5, cooldown: 1s }';
    const yaml = `${destinationYaml('inbox', inbox.url, extra)}
alerts:
  webhook: { url: "${webhook.url}", allowPrivateNetwork: true, signingSecrets: ["whsec_${'A'.repeat(32)}"] }
`;
    const start = (): Promise<TestRouter> => startRouter({ databaseUrl: database.url, yaml, env: telegram.env });
    // Two processes that know nothing of each other but the database.
    routers = [await start(), await start()];
    await lookAll();
  });
  afterAll(async () => {
    await Promise.all(routers.map((router) => router.close()));
    await Promise.all([telegram.stop(), inbox.stop(), webhook.stop()]);
    await database.drop();
  });
  beforeEach(async () => {
    // What the test before has left waiting, dead and broken is nobody's any more.
    await until('nothing is being sent', async () => {
      await pool.query(`UPDATE hookyard.delivery SET status = 'cancelled' WHERE status IN ('pending', 'dead')`);
      const { rows } = await pool.query(`SELECT FROM hookyard.delivery WHERE status = 'claimed'`);
      return rows.length === 0;
    });
    await pool.query(
      `UPDATE hookyard.destination_gate SET breaker_state = 'closed', failures = 0, failing_deliveries = '{}', failing_since = NULL,
         opened_until = NULL, cooldown_level = 0, ramp_slots = NULL`,
    );
    await pool.query('TRUNCATE hookyard.alert, hookyard.notice');
    await pool.query('UPDATE hookyard.notice_channel SET not_before = NULL');
    for (const list of [telegram.messages, telegram.instead, webhook.received]) list.length = 0;
    telegram.asked = 0;
    inbox.answer = 200;
  });
  afterEach(() => {
    inbox.answer = 200;
  });

  const router = (): TestRouter => routers[0] as TestRouter;
  /** All processes look, as they do every 15 s. */
  async function lookAll(): Promise<void> {
    await pool.query(`UPDATE hookyard.alert_watch SET looked_at = '-infinity'`);
    await Promise.all(routers.map(({ app }) => app.get(AlertWatch).look()));
  }
  /** As if so much time had passed since the last look. */
  const timePasses = (interval: string): Promise<unknown> =>
    pool.query(`UPDATE hookyard.alert SET seen_at = seen_at - $1::interval`, [interval]);
  const wakeSenders = (): void => routers.forEach(({ app }) => app.get(NoticeSender).wake());
  const post = (): Promise<unknown> => send(router().ingress('stripe'), stripeWebhook(`evt_alert_${(events += 1)}`));
  async function killDestination(): Promise<void> {
    inbox.answer = (_, response) => void response.destroy();
    for (let n = 0; n < 6; n += 1) await post();
    await until('the breaker is open', async () => (await destinationAt(router(), 'inbox')).breaker.state === 'open');
  }
  async function healDestination(): Promise<void> {
    inbox.answer = 200;
    await until('the breaker is closed', async () => {
      await pool.query(`UPDATE hookyard.destination_gate SET opened_until = now()`);
      return (await destinationAt(router(), 'inbox')).breaker.state === 'closed';
    });
  }

  it('come once when a destination dies, however often and by however many it is seen, and end when it is healed', async () => {
    await killDestination();
    for (let look = 0; look < 3; look += 1) await lookAll();
    await until('people were told', () => telegram.messages.length > 0 && webhook.received.length > 0);
    const [alert] = (await apiCall(router().url, 'GET', '/alerts?status=active')).body.data;
    expect(alert).toMatchObject({ key: 'breaker_open:inbox', severity: 'warning', firings: 1, resolvedAt: null });

    await healDestination();
    await lookAll();
    await timePasses('2 minutes');
    await lookAll();
    await until('people were told that it is over', () => telegram.messages.length === 2);
    expect(telegram.texts[0]).toMatch(
      /^🟠 inbox fails: .+\n\nSince: .+ UTC, \d+ times\nDo: GET \/api\/v1\/destinations\/inbox.+\nRunbook: docs\/operating.md#a-breaker-stays-open$/,
    );
    expect(telegram.texts[1]).toMatch(/^✅ Over: inbox fails/);
    expect(telegram.messages[0]?.chat_id).toBe('42');
    const { data } = (await apiCall(router().url, 'GET', '/alerts')).body;
    expect(data).toEqual([expect.objectContaining({ key: 'breaker_open:inbox', status: 'resolved' })]);

    await until('the webhook too', () => webhook.received.length === 2);
    const [first] = webhook.received;
    expect(JSON.parse(String(first?.body))).toMatchObject({
      type: 'hookyard.alert.fired',
      data: [{ key: 'breaker_open:inbox' }],
    });
    expect(first?.headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('tell of dead letters once per destination, and are cleared by mending them', async () => {
    inbox.answer = 400;
    for (let n = 0; n < 4; n += 1) await post();
    await until('four are dead', async () => (await destinationAt(router(), 'inbox')).deliveries.dead === 4);
    await lookAll();
    await lookAll();
    await until('people were told', () => telegram.messages.length > 0);
    expect(telegram.texts).toEqual([expect.stringContaining('Deliveries to inbox became dead letters.')]);
    expect(telegram.texts[0]).toContain('4 times');
    inbox.answer = 200;
    const filter = { destination: 'inbox' };
    expect((await ask(router(), 'POST', '/replays', { mode: 'retry', filter })).code).toBeLessThan(300);
    await until('none is dead', async () => (await destinationAt(router(), 'inbox')).deliveries.dead === 0);
    await timePasses('1 minute');
    await lookAll();
    await until('people were told that it is over', () => telegram.messages.length === 2);
  });

  it('wait as long as Telegram says, in all processes, and lose nothing', async () => {
    telegram.instead.push((_, response) =>
      response.writeHead(429).end('{"ok":false,"error_code":429,"parameters":{"retry_after":120}}'),
    );
    await killDestination();
    await lookAll();
    const waits = async (): Promise<number | undefined> => {
      const { rows } = await pool.query<{ waits: number }>(
        `SELECT extract(epoch FROM not_before - now())::float8 AS waits FROM hookyard.notice_channel WHERE name = 'telegram' AND not_before IS NOT NULL`,
      );
      return rows[0]?.waits;
    };
    expect(await until('it waits', waits)).toBeGreaterThan(100);
    wakeSenders();
    await healDestination();
    await lookAll();
    // The webhook has been told meanwhile, so senders have looked.
    await until('others do not wait', () => webhook.received.length === 1);
    expect(telegram.asked).toBe(1);
    await pool.query(`UPDATE hookyard.notice_channel SET not_before = now() WHERE name = 'telegram'`);
    wakeSenders();
    await until('it is sent after all', () => telegram.messages.length === 1);
    // The message is there a moment before that is written.
    const ended = await until('it is noted', async () => {
      const { rows } = await pool.query(
        `SELECT attempts FROM hookyard.notice WHERE channel = 'telegram' AND ended_at IS NOT NULL`,
      );
      return rows.length > 0 ? rows : undefined;
    });
    expect(ended).toEqual([{ attempts: 1 }]);
  });

  it.each([
    ['never', () => undefined],
    [
      'garbage',
      (_: unknown, response: import('node:http').ServerResponse) => response.writeHead(200).end('<html>nonsense'),
    ],
    ['with a closed connection', (_: unknown, response: import('node:http').ServerResponse) => response.destroy()],
  ])('do not disturb intake and delivery when Telegram answers %s, and are tried again', async (_, answer) => {
    telegram.instead.push(answer as never);
    await killDestination();
    await lookAll();
    await until('Telegram was asked', () => telegram.asked === 1);
    await healDestination();
    const before = inbox.received.length;
    expect(await post()).toMatchObject({ status: 200 });
    await until('it is delivered', () => inbox.received.length > before);
    await lookAll();
    expect(telegram.messages).toEqual([]);
    await until(
      'the notice is tried again',
      async () => {
        await pool.query(
          `UPDATE hookyard.notice SET next_attempt_at = now() WHERE ended_at IS NULL AND last_error IS NOT NULL`,
        );
        wakeSenders();
        // Making it due may let the other process have it while this one is sending: at least once.
        return telegram.messages.length > 0;
      },
      30_000,
    );
  });

  it('show in the API whether they arrive', async () => {
    telegram.instead.push((_, response) => response.writeHead(400).end('{"ok":false,"error_code":400}'));
    await killDestination();
    await lookAll();
    const channels = await until('it was refused', async () => {
      const { data } = (await apiCall(router().url, 'GET', '/alerts/channels')).body;
      return data.find(({ lost }) => lost === 1) && data;
    });
    expect(channels).toEqual([
      expect.objectContaining({ channel: 'log' }),
      expect.objectContaining({ channel: 'telegram', lost: 1, lastError: 'HTTP 400' }),
      expect.objectContaining({ channel: 'webhook', lost: 0 }),
    ]);
    await healDestination();
  });

  it('notice a source that has gone silent, by its own habits, and hear it again', async () => {
    await pool.query(
      `INSERT INTO hookyard.activity (bucket, kind, name, received, duplicates, conflicts, refused, bytes, attempts, retries,
         delivered, failed, dead, latencies, last_at)
       SELECT at, 'source', 'telegram', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', at
       FROM generate_series(now() - interval '6 days', now() - interval '3 hours', interval '1 hour') at`,
    );
    await lookAll();
    await until('people were told', () => telegram.messages.length === 1);
    expect(telegram.texts[0]).toMatch(/^🟠 telegram has sent nothing for longer than it may/);
    await pool.query(
      `UPDATE hookyard.activity SET last_at = now() WHERE name = 'telegram'
         AND bucket = (SELECT max(bucket) FROM hookyard.activity WHERE name = 'telegram')`,
    );
    await until('it is over', async () => {
      await timePasses('2 minutes');
      await lookAll();
      return telegram.messages.length === 2;
    });
  });

  it('tell of many things at once in one message', async () => {
    await pool.query(
      `INSERT INTO hookyard.destination (name, kind, settings, secrets_sealed) SELECT 'gone-' || n, 'handler', '{}', '' FROM generate_series(1, 5) n;
       INSERT INTO hookyard.destination_gate (destination_id, paused_at, pause_reason)
       SELECT id, now(), 'no longer declared' FROM hookyard.destination WHERE name LIKE 'gone-%'`,
    );
    await lookAll();
    await until('people were told', () => telegram.messages.length > 0);
    await lookAll();
    expect(telegram.texts).toEqual([expect.stringMatching(/^Hookyard: 5 active, 0 over\n/)]);
    await pool.query(`UPDATE hookyard.destination SET deleted_at = now() WHERE name LIKE 'gone-%'`);
    await timePasses('2 minutes');
    await lookAll();
    await until('all are over', () => telegram.messages.length === 2);
    expect(telegram.texts[1]).toMatch(/^Hookyard: 0 active, 5 over\n/);
  });

  it('are each explained in the runbook', async () => {
    const { sharedLookouts, localLookouts } = await import('../../src/alerts/lookouts.js');
    const config = { database: { kind: 'embedded' }, dataDir: '.' } as never;
    const lookouts = [...sharedLookouts(pool, {} as never, {} as never), ...localLookouts(pool, config)];
    const sections = lookouts.flatMap(({ rules }) => rules.map(({ section }) => section));
    const markdown = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    const anchors = [...markdown.matchAll(/^### (.+)$/gm)].map(([, title]) =>
      String(title)
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(sections.length).toBeGreaterThan(8);
    expect(sections.filter((section) => !anchors.includes(section))).toEqual([]);
  });
});
