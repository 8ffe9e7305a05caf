import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { apiCall } from '../support/api-call.js';
import { fillWithMany } from '../support/many-rows.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(180_000);

const ROWS = 200_000;
// So that the last 24 hours begin between two rare rows, and no second decides a test.
const HOURS = 45;

describe('lists over 200,000 events', () => {
  let database: TestDatabase;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    // A worker would take the deliveries for work.
    router = await startRouter({ databaseUrl: database.url, env: { HOOKYARD_ROLE: 'intake,api' } });
    await fillWithMany(database.pool, ROWS, HOURS);
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const list = async (path: string) => {
    const { code, body } = await apiCall(router.managementUrl, 'GET', path);
    return { code, error: body.errors[0]?.code, rows: body.data ?? [], page: body.page };
  };
  const inLastDay = (step: number): number => Math.floor((ROWS * 24) / HOURS / step) + 1;

  it('show the newest first, of the last 24 hours, and count no further than 10,000', async () => {
    const { rows, page } = await list('/events?limit=3');
    expect(rows.map((row) => row['externalId'])).toEqual(['many_200000', 'many_199999', 'many_199998']);
    expect(page).toMatchObject({
      total: expect.any(Number),
      totalIsExact: false,
      prev: null,
      next: expect.any(String),
    });
    const { rows: oldest } = await list('/events?limit=1&sort=oldest');
    const age = Date.now() - Date.parse(String(oldest[0]?.['receivedAt']));
    expect(Math.abs(age - 24 * 3_600_000)).toBeLessThan(120_000);
    const { rows: further } = await list('/events?limit=1&sort=oldest&from=2020-01-01T00:00:00Z');
    expect(further[0]?.['externalId']).toBe('many_1');
  });

  const rare: [string, string][] = [
    ['type', '/events?type=rare.thing&limit=200'],
    ['type with a wildcard', '/events?type=*.thing&limit=200'],
    ['a type that begins so', '/events?type=rare*&limit=200'],
    ['a type that ends so, from a source', '/events?type=*.thing&source=stripe&limit=200'],
    ['subject', '/events?subject=sub_rare&limit=200'],
    ['tenant', '/events?tenant=acme&limit=200'],
    ['body', `/events?body=${encodeURIComponent('{"kind":"rare"}')}&limit=200`],
    [
      'type, tenant and body',
      `/events?type=rare.*&tenant=acme&body=${encodeURIComponent('{"kind":"rare"}')}&limit=200`,
    ],
  ];
  it.each(rare)('find by %s what is rare, all of it, and nothing else', async (_name, path) => {
    const { code, rows, page } = await list(path);
    expect([code, rows.length]).toEqual([200, inLastDay(1_000)]);
    expect(new Set(rows.map((row) => row['type']))).toEqual(new Set(['rare.thing']));
    expect(page).toMatchObject({ total: inLastDay(1_000), totalIsExact: true, next: null });
  });

  it('find a type with a wildcard of which there are too many to ask for each, by how it begins, or say so', async () => {
    await database.pool.query(
      `INSERT INTO hookyard.event_type SELECT 'made.up.' || n, current_date FROM generate_series(1, 20000) n`,
    );
    try {
      expect((await list('/events?type=rare.*&limit=200')).rows.length).toBe(inLastDay(1_000));
      expect(await list('/events?type=*.thing')).toMatchObject({ code: 422, error: 'FILTER_TOO_BROAD' });
    } finally {
      await database.pool.query(`DELETE FROM hookyard.event_type WHERE type LIKE 'made.up.%'`);
    }
  });

  it('find what came a moment ago, before it is copied to where lists search', async () => {
    const holder = await database.pool.connect();
    try {
      await holder.query(`BEGIN; SELECT 1 FROM hookyard.search_progress FOR UPDATE`);
      await send(router.ingress('stripe'), stripeWebhook('evt_fresh', 'fresh.thing'));
      for (const filter of ['type=fresh.thing', 'type=*.thing']) {
        const { rows, page } = await list(`/events?${filter}&limit=200`);
        expect([filter, rows[0]?.['externalId'], page?.total]).toEqual([
          filter,
          'evt_fresh',
          (filter.includes('*') ? inLastDay(1_000) : 0) + 1,
        ]);
      }
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
      await database.pool.query(`DELETE FROM hookyard.event WHERE external_id = 'evt_fresh'`);
      await database.pool.query(`DELETE FROM hookyard.event_search WHERE type = 'fresh.thing'`);
    }
  });

  it('page to the end through more than 10,000 that have no one among the newest', async () => {
    // The copy first: it asks the event.
    for (const table of ['event_search', 'event']) {
      await database.pool.query(
        `UPDATE hookyard.${table} SET tenant = 'moved away'
         WHERE id IN (SELECT id FROM hookyard.event WHERE tenant IS NULL ORDER BY id LIMIT 12000)`,
      );
    }
    const seen = new Set<unknown>();
    const start = '/events?tenant=moved+away&from=2020-01-01T00:00:00Z&limit=200';
    let next: string | null | undefined;
    do {
      const { code, rows, page } = await list(next ? `${start}&cursor=${next}` : start);
      expect([code, page?.totalIsExact]).toEqual([200, false]);
      for (const row of rows) seen.add(row['id']);
      next = page?.next;
    } while (next);
    expect(seen.size).toBe(12_000);
  });

  it('find one of all by its external id, however old it is', async () => {
    for (const path of [
      '/events?externalId=many_7',
      '/events?externalId=many_7&source=stripe',
      '/deliveries?externalId=many_7',
    ]) {
      const { rows, page } = await list(path);
      expect([path, rows.length, page?.total]).toEqual([path, 1, 1]);
    }
    expect((await list('/events?externalId=many_7&source=nobody')).rows).toEqual([]);
  });

  it('find the deliveries of a quiet destination beside a busy one, by name and by number', async () => {
    const { rows, page } = await list('/deliveries?destination=quiet&limit=200');
    expect([rows.length, page?.total, page?.totalIsExact]).toEqual([inLastDay(2_000), inLastDay(2_000), true]);
    const { rows: found } = await database.pool.query(`SELECT id FROM hookyard.destination WHERE name = 'quiet'`);
    expect((await list(`/deliveries?destination=${found[0].id}&limit=200`)).rows).toEqual(rows);
  });

  it('show dead letters of any age, and filter them further', async () => {
    const all = await list('/deliveries?status=dead&limit=200');
    expect([all.rows.length, all.page?.total]).toEqual([200, 200]);
    for (const filter of ['responseClass=5xx', 'attempts=9', 'attempts=2%2B', 'destination=busy', 'type=invoice.*']) {
      expect([filter, (await list(`/deliveries?status=dead&${filter}`)).page?.total]).toEqual([filter, 200]);
    }
    for (const filter of ['responseClass=2xx', 'attempts=8', 'errorClass=TIMEOUT', 'destination=quiet']) {
      expect([filter, (await list(`/deliveries?status=dead&${filter}`)).page?.total]).toEqual([filter, 0]);
    }
  });

  it('page to the end through an index and through a walk, each row once, and back', async () => {
    for (const start of ['/events?type=rare.thing&limit=7', '/deliveries?status=dead&limit=37&sort=oldest']) {
      const seen: string[] = [];
      let last: string | null = null;
      let path = start;
      for (;;) {
        const { rows, page } = await list(path);
        seen.push(...rows.map((row) => String(row['id'])));
        if (!page?.next) {
          last = page?.prev ?? null;
          break;
        }
        path = `${start}&cursor=${page.next}`;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.length).toBe(start.includes('dead') ? 200 : inLastDay(1_000));
      expect(seen).toEqual(start.includes('oldest') ? seen.toSorted() : seen.toSorted().toReversed());
      const back = await list(`${start}&cursor=${last}`);
      const limit = Number(/limit=(\d+)/.exec(start)?.[1]);
      const lastPage = seen.length % limit || limit;
      expect(back.rows.map((row) => row['id'])).toEqual(seen.slice(-limit - lastPage, -lastPage));
    }
  });

  it('keep to a range of times, to the millisecond', async () => {
    const { rows } = await list('/events?limit=10');
    const [to, from] = [rows[2], rows[7]].map((row) => String(row?.['receivedAt']));
    const within = await list(`/events?from=${from}&to=${to}&limit=200`);
    expect(within.rows.map((row) => row['id'])).toEqual(rows.slice(3, 8).map((row) => row['id']));
  });

  const broad: [string, string][] = [
    ['no index has', '/deliveries?errorClass=TIMEOUT'],
    ['ten thousand and more have, and none at once', '/deliveries?source=stripe&responseClass=3xx'],
  ];
  it.each(broad)('say 422 instead of reading everything for what %s', async (_name, path) => {
    expect(await list(path)).toMatchObject({ code: 422, error: 'FILTER_TOO_BROAD' });
  });

  it('show at once what nearly all have', async () => {
    for (const filter of ['source=stripe', 'type=invoice.*', `body=${encodeURIComponent('{"kind":"common"}')}`]) {
      const { code, rows, page } = await list(`/events?${filter}`);
      expect([filter, code, rows.length, page?.totalIsExact]).toEqual([filter, 200, 50, false]);
    }
  });

  const mistakes: [string, string][] = [
    ['a range that ends before it begins', '/events?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'],
    ['a time without a zone', '/events?from=2026-01-02T00:00:00'],
    ['a body filter that is no JSON', '/events?body=%7B'],
    ['a body filter that contains nothing', '/events?body=%7B%7D'],
    ['a body filter with NUL', `/events?body=${encodeURIComponent('{"a":"\\u0000"}')}`],
    ['a body filter with half a surrogate', `/events?body=${encodeURIComponent('{"a":"\\ud800"}')}`],
    ['a body filter with a number past all bounds', `/events?body=${encodeURIComponent('{"a":1e999999}')}`],
    ['attempts that are no number', '/deliveries?attempts=many'],
    ['a response class of its own', '/deliveries?responseClass=6xx'],
    ['a sort of its own', '/events?sort=type'],
  ];
  it.each(mistakes)('refuse %s with 400', async (_name, path) => {
    expect(await list(path)).toMatchObject({ code: 400, error: 'INVALID_REQUEST' });
  });
});
