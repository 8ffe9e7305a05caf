import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AlertWatch } from '../../src/alerts/alert-watch.js';
import { apiCall } from '../support/api-call.js';
import { makeCertificate } from '../support/certificates.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { FakeTelegram } from '../support/fake-telegram.js';
import { destinationAt } from '../support/operator.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const DAY_MS = 86_400_000;
/** All but the clock goes on: `Date` alone stands where the test puts it. */
const REAL =
  'nextTick hrtime performance queueMicrotask setImmediate clearImmediate setInterval clearInterval setTimeout clearTimeout'.split(
    ' ',
  ) as 'setTimeout'[];

describe('alerts of a real router', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let telegram: FakeTelegram;
  let inbox: Receiver;
  const routers: TestRouter[] = [];
  beforeEach(async () => {
    database = await createTestDatabase();
    [proxy, telegram, inbox] = [
      await DatabaseProxy.start(database.url),
      await FakeTelegram.start(),
      await Receiver.start(),
    ];
  });
  afterEach(async () => {
    jest.useRealTimers();
    await proxy.answer();
    for (const router of routers.splice(0)) await router.close();
    await Promise.all([telegram.stop(), inbox.stop(), proxy.stop()]);
    await database.drop();
  });

  async function start(extra: string, { alerts = '', url = inbox.url } = {}): Promise<TestRouter> {
    const yaml = destinationYaml('inbox', url, extra) + alerts;
    const router = await startRouter({ databaseUrl: proxy.url, yaml, env: telegram.env });
    routers.push(router);
    return router;
  }
  /** Looks as it does every 15 s, by its own clock so many days off. */
  async function look({ app }: TestRouter, aheadMs = 0): Promise<void> {
    await database.pool.query(`UPDATE hookyard.alert_watch SET looked_at = '-infinity'`).catch(() => undefined);
    jest.useFakeTimers({ doNotFake: REAL, now: Date.now() + aheadMs });
    await app.get(AlertWatch).look();
    jest.useRealTimers();
  }
  const textsOf = (about: RegExp): string[] => telegram.texts.filter((text) => about.test(text));
  const keys = async (router: TestRouter): Promise<string[]> => {
    const { data } = (await apiCall(router.url, 'GET', '/alerts?status=active')).body;
    return data.map(({ key, severity }) => `${String(key)} ${String(severity)}`);
  };

  it('tell of a certificate that comes to its end while the router runs, once, and again when it has ended', async () => {
    const { cert } = makeCertificate('inbox', { endsInDays: 40, isAuthority: true });
    const router = await start(`tls: { ca: ${JSON.stringify(cert)} }`, { url: 'https://127.0.0.1:1/' });
    await look(router);
    expect((await keys(router)).filter((key) => key.startsWith('certificate'))).toEqual([]);
    for (let n = 0; n < 3; n += 1) await look(router, 15 * DAY_MS);
    expect(await keys(router)).toContain('certificate_ending:inbox warning');
    await until('people were told', () => textsOf(/A certificate of inbox ends on/).length > 0);
    await look(router, 41 * DAY_MS);
    expect(await keys(router)).toContain('certificate_ending:inbox critical');
    expect(textsOf(/A certificate of inbox/)).toHaveLength(1);
  });

  it('keep what is no emergency until the quiet hours are over, and tell then what still stands, together', async () => {
    const hour = (by: number): string => new Date(Date.now() + by * 3_600_000).toISOString().slice(11, 16);
    const retry = 'retry: { schedule: [20ms, 20ms, 1h] }, breaker: { failures: 5, cooldown: 1h }';
    const quiet = await start(retry, { alerts: `alerts: { quietHours: { from: "${hour(-2)}", to: "${hour(2)}" } }\n` });
    await look(quiet);
    inbox.answer = 500;
    for (let n = 0; n < 6; n += 1) await send(quiet.ingress('stripe'), stripeWebhook(`evt_quiet_${n}`));
    await until('the breaker is open', async () => (await destinationAt(quiet, 'inbox')).breaker.state === 'open');
    await database.pool.query(
      `INSERT INTO hookyard.destination (name, kind, settings, secrets_sealed) VALUES ('left', 'handler', '{}', ''), ('lost', 'handler', '{}', '');
       INSERT INTO hookyard.destination_gate (destination_id, paused_at, pause_reason)
       SELECT id, now(), 'no longer declared' FROM hookyard.destination WHERE name = 'left';
       INSERT INTO hookyard.destination_gate (destination_id, handler_seen_at)
       SELECT id, now() - interval '1 hour' FROM hookyard.destination WHERE name = 'lost';
       UPDATE hookyard.delivery SET destination_id = (SELECT id FROM hookyard.destination WHERE name = 'lost')
       WHERE id = (SELECT id FROM hookyard.delivery LIMIT 1)`,
    );
    await look(quiet);
    expect((await keys(quiet)).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'breaker_open:inbox warning',
      'destination_paused:left warning',
      'handler_absent:lost critical',
    ]);
    await until('of the emergency people were told', () => telegram.texts.length > 0);
    expect(telegram.texts).toEqual([expect.stringMatching(/^🔴 .*lost/)]);
    await look(quiet);
    await quiet.close();
    routers.length = 0;
    expect(telegram.texts).toHaveLength(1);

    const after = await start(retry);
    await look(after);
    await until('the rest was told', () => telegram.texts.length > 1);
    expect(telegram.texts.slice(1)).toEqual([
      expect.stringMatching(/^Hookyard: \d active, 0 over\n[^]*inbox fails[^]*left is paused/),
    ]);
  });

  it('tell of a database that is away for half a minute although they cannot be stored, once, and that it is back', async () => {
    const router = await start('retry: { schedule: [20ms, 20ms, 1h] }');
    await look(router);
    await proxy.cut();
    await look(router);
    await look(router, 20_000);
    expect(telegram.asked).toBe(0);
    for (let n = 0; n < 3; n += 1) await look(router, 31_000);
    await until('people were told', () => telegram.texts.length > 0);
    expect(telegram.texts).toEqual([expect.stringMatching(/^🔴 The database does not answer .+senders are told 503/)]);
    expect(await send(router.ingress('stripe'), stripeWebhook('evt_away'))).toMatchObject({ status: 503 });

    // The clock that stands 32 s ahead is told of too.
    const told = (): string[] => textsOf(/The database does not answer/);
    await proxy.answer();
    await until('people were told that it is over', async () => {
      await look(router, 32_000);
      return told().length === 2;
    });
    expect(told()[1]).toMatch(/^✅ Over: /);
    expect(await send(router.ingress('stripe'), stripeWebhook('evt_away'))).toMatchObject({ status: 200 });
    await until('it is delivered', () => inbox.received.length === 1);
  });
});
