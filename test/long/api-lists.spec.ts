import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RunSql } from '../../src/operations/api-database.js';
import { deliveryList, type DeliveryQuery } from '../../src/operations/lists/delivery-list.js';
import { eventList } from '../../src/operations/lists/event-list.js';
import {
  candidatesStatement,
  countStatement,
  walkStatement,
  type ListSpec,
} from '../../src/operations/lists/read-list.js';
import { apiCall } from '../support/api-call.js';
import { fillWithMany } from '../support/many-rows.js';
import { startRouter, type TestRouter } from '../support/router.js';
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

  describe('are served by indexes', () => {
    const run: RunSql = async <Row>(sql: string, values: readonly unknown[] = []) =>
      (await database.pool.query(sql, [...values])).rows as Row[];
    const all = { fromId: undefined, toId: undefined, below: undefined, above: undefined };

    /** The plans of every statement a list can run, as text, with what each read. */
    const plansOf = async (spec: ListSpec): Promise<string[]> => {
      const bounds = { ...all, fromId: spec.range.fromId };
      const statements = [
        walkStatement(spec, bounds, 'DESC', 51),
        countStatement(spec, 'walk'),
        ...(spec.candidates ? [candidatesStatement(spec, bounds, 'DESC', 51), countStatement(spec, 'candidates')] : []),
      ];
      const client = await database.pool.connect();
      try {
        await client.query('BEGIN');
        await client.query(
          'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off',
        );
        const plans: string[] = [];
        for (const { sql, values } of statements) {
          const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) ${sql}`, [...values]);
          plans.push(rows.map((row) => String(row['QUERY PLAN'])).join('\n'));
        }
        return plans;
      } finally {
        await client.query('ROLLBACK');
        client.release();
      }
    };
    /** Pages touched, from the plan's top node: what a statement costs whatever else the machine does. */
    const buffersOf = (plan: string): number =>
      [...(/Buffers: (.*)/.exec(plan)?.[1] ?? '').matchAll(/=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);

    const eventQueries: Parameters<typeof eventList>[1][] = [
      {},
      { source: 'stripe' },
      { type: 'rare.thing' },
      { type: 'rare.*' },
      { subject: 'sub_rare' },
      { tenant: 'acme' },
      { externalId: 'many_9' },
      { body: '{"kind":"rare"}' },
      { from: new Date(Date.now() - 3_600_000), type: 'invoice.paid' },
    ];
    const deliveryQueries: DeliveryQuery[] = [
      {},
      { status: 'dead' },
      { status: 'held' },
      { status: 'pending' },
      { status: 'claimed' },
      { status: 'dead', destination: 'busy' },
      { destination: 'quiet' },
      { externalId: 'many_9' },
      { type: 'rare.thing' },
      { body: '{"kind":"rare"}' },
      { responseClass: '5xx', attempts: '3+' },
    ];
    const cases: [string, () => Promise<ListSpec>][] = [
      ...eventQueries.map((query): [string, () => Promise<ListSpec>] => [
        `events ${JSON.stringify(query)}`,
        () => eventList(run, query),
      ]),
      ...deliveryQueries.map((query): [string, () => Promise<ListSpec>] => [
        `deliveries ${JSON.stringify(query)}`,
        () => deliveryList(run, query),
      ]),
    ];
    it.each(cases)('%s', async (_name, make) => {
      for (const plan of await plansOf(await make())) {
        expect(plan).not.toMatch(/Seq Scan on (event|delivery)/);
        // 10,000 rows looked at, each through an index and with what is joined: a scan of all would be 200,000 rows.
        expect([buffersOf(plan) < 90_000, plan]).toEqual([true, plan]);
      }
    });
  });
});
