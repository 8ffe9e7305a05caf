import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Pool } from 'pg';
import { ActivityFlusher } from '../../src/activity/activity-flusher.js';
import { AlertWatch } from '../../src/alerts/alert-watch.js';
import { DigestWatch } from '../../src/digest/digest-watch.js';
import { FakeTelegram } from '../support/fake-telegram.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('the daily digest', () => {
  let database: TestDatabase;
  let pool: Pool;
  let telegram: FakeTelegram;
  let inbox: Receiver;
  let routers: TestRouter[];

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ pool } = database);
    telegram = await FakeTelegram.start();
    inbox = await Receiver.start();
    const yaml = `${destinationYaml('inbox', inbox.url)}
digest: { at: "08:00", timeZone: Europe/Berlin }
`;
    const start = (): Promise<TestRouter> => startRouter({ databaseUrl: database.url, yaml, env: telegram.env });
    routers = [await start(), await start()];
    // Which says in the database that there is a Telegram.
    await Promise.all(routers.map(({ app }) => app.get(AlertWatch).look()));
    await send((routers[0] as TestRouter).ingress('stripe'), stripeWebhook('evt_digest'));
    await until('it is delivered', () => inbox.received.length === 1);
    await until('it is counted', async () => {
      await Promise.all(routers.map(({ app }) => app.get(ActivityFlusher).flush()));
      const { rows } = await pool.query(`SELECT FROM hookyard.activity WHERE delivered = 1`);
      return rows.length === 1;
    });
  });
  afterAll(async () => {
    await Promise.all(routers.map((router) => router.close()));
    await Promise.all([telegram.stop(), inbox.stop()]);
    await database.drop();
  });
  beforeEach(async () => {
    await pool.query('TRUNCATE hookyard.digest, hookyard.notice');
    telegram.messages.length = 0;
  });

  /** Every process looks at the same time, as if it was then. */
  const look = (now: string): Promise<unknown> =>
    Promise.all(routers.map(({ app }) => app.get(DigestWatch).look(new Date(now))));
  const days = async (): Promise<string[]> => {
    const { rows } = await pool.query<{ day: string }>('SELECT day::text FROM hookyard.digest ORDER BY day');
    return rows.map(({ day }) => day);
  };
  /** What was counted, so far as it was, came in then. */
  const movedTo = (bucket: string): Promise<unknown> =>
    pool.query('UPDATE hookyard.activity SET bucket = $1', [bucket]);

  it('comes once in the whole cluster, at its time, with what came in and went out', async () => {
    await movedTo('2026-03-28T23:00:00Z');
    await pool.query(`INSERT INTO hookyard.digest (day) VALUES ('2026-03-28')`);
    await look('2026-03-30T05:59:00Z');
    expect(await days()).toEqual(['2026-03-28']);
    await look('2026-03-30T06:00:00Z');
    await look('2026-03-30T06:01:00Z');
    expect(await days()).toEqual(['2026-03-28', '2026-03-29']);
    const text = await until('it was sent', () => telegram.texts[0]);
    expect(text).toMatch(
      /^Hookyard: digest of 2026-03-29\n\nSources\nstripe: 1 received, 0 duplicates, 0 rejected, p95 \d+ ms\n/,
    );
    expect(text).toMatch(/\nDestinations\ninbox: 1 delivered, 0 retries, 0 dead, p95 .+\n/);
    const { rows } = await pool.query(`SELECT count(*)::int AS n FROM hookyard.notice WHERE channel = 'telegram'`);
    expect(rows).toEqual([{ n: 1 }]);
  });

  it.each([
    ['the last minutes before midnight', '2026-03-29T21:55:00Z', 'stripe: 1 received'],
    ['the first ones after it', '2026-03-29T22:00:00Z', 'Nothing came in'],
    ['the first ones of its own', '2026-03-28T23:00:00Z', 'stripe: 1 received'],
    ['the last ones of the day before', '2026-03-28T22:55:00Z', 'stripe: 0 received'],
  ])('counts its day by its own clock, on a day of 23 hours: %s', async (_, bucket, line) => {
    await movedTo(bucket);
    await pool.query(`INSERT INTO hookyard.digest (day) VALUES ('2026-03-28')`);
    await look('2026-03-30T09:00:00Z');
    expect(await until('it was sent', () => telegram.texts[0])).toContain(line);
  });

  it('comes late, day by day, when nobody was there to send it', async () => {
    await movedTo('2026-03-29T10:00:00Z');
    await pool.query(`INSERT INTO hookyard.digest (day) VALUES ('2026-03-26')`);
    await look('2026-03-30T09:00:00Z');
    await until('all were sent', () => telegram.messages.length === 3);
    expect(telegram.texts.map((text) => text.split('\n')[0])).toEqual(
      ['27', '28', '29'].map((day) => `Hookyard: digest of 2026-03-${day}`),
    );
    await look('2026-03-30T09:01:00Z');
    expect(await days()).toEqual(['2026-03-26', '2026-03-27', '2026-03-28', '2026-03-29']);
  });
});
