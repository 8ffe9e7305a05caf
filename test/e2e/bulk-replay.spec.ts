import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { storedId } from '../../src/database/ids.js';
import { operate } from '../support/operate.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { storeDeadLetters, storeEvents } from '../support/stored-events.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

interface Bulk {
  readonly id: string;
  readonly status: string;
  readonly total: number;
  readonly totalIsExact: boolean;
  readonly processed: number;
  readonly deliveries: number;
  readonly skipped: number;
  readonly skippedBecause: Record<string, number>;
  readonly sample: string[];
  readonly destinations: string[] | null;
}

const from = new Date(Date.now() - 3_600_000).toISOString();

function yaml(receiver: Receiver): string {
  const to = (name: string): string =>
    `  - { name: ${name}, url: "${receiver.url}/${name}", allowPrivateNetwork: true, timeout: 1s }`;
  return `destinations:\n${to('billing')}\n${to('analytics')}\nroutes:
  - { source: stripe, types: ["invoice.*"], to: billing }
  - { source: stripe, to: analytics }
`;
}

describe('a bulk replay', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({ databaseUrl: database.url, yaml: yaml(receiver) });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });
  beforeEach(async () => {
    receiver.answer = 200;
    for (const table of ['delivery', 'event', 'body', 'replay'])
      await database.pool.query(`DELETE FROM hookyard.${table}`);
  });

  const ask = (body: unknown) => operate<Bulk>(router, 'POST', '/replays', body);
  const see = async (id: string): Promise<Bulk> => (await operate<Bulk>(router, 'GET', `/replays/${id}`)).data;
  const ended = (id: string): Promise<Bulk> =>
    until('it has ended', async () => {
      const seen = await see(id);
      return ['finished', 'cancelled'].includes(seen.status) ? seen : undefined;
    });
  const made = async (id: string): Promise<Record<string, number>> => {
    const { rows } = await database.pool.query<{ name: string; n: number }>(
      `SELECT x.name, count(*)::int AS n FROM hookyard.delivery d JOIN hookyard.destination x ON x.id = d.destination_id
       WHERE d.replay_id = $1 GROUP BY 1`,
      [storedId('rpl', id)],
    );
    return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
  };

  it('gives dead letters a fresh round in place, only those that the filter takes', async () => {
    const wanted = await storeDeadLetters(database.pool, 'stripe', 'billing', 12);
    const others = [
      ...(await storeDeadLetters(database.pool, 'stripe', 'billing', 3, 'rejected')),
      ...(await storeDeadLetters(database.pool, 'stripe', 'analytics', 3)),
      ...(await storeDeadLetters(database.pool, 'shopify', 'billing', 3)),
    ];
    const body = {
      mode: 'retry',
      filter: {
        source: 'stripe',
        sourceType: 'stripe',
        type: ['invoice.*', 'x'],
        destination: 'billing',
        deadReason: 'attempts_exhausted',
        errorClass: 'HTTP_5XX',
        from,
      },
    };
    const dry = await ask({ ...body, dryRun: true });
    expect([dry.code, dry.data.total, dry.data.totalIsExact, dry.data.sample.length]).toEqual([200, 12, true, 10]);
    const { code, data } = await ask(body);
    expect([code, data.total, data.status]).toEqual([202, 12, 'running']);
    expect(await ended(data.id)).toMatchObject({ status: 'finished', processed: 12, deliveries: 12, skipped: 0 });
    await until('they are delivered', async () => {
      const { rowCount } = await database.pool.query(
        `SELECT 1 FROM hookyard.delivery WHERE id = ANY ($1) AND status = 'delivered' AND attempts = 7`,
        [wanted],
      );
      return rowCount === 12;
    });
    const { rowCount } = await database.pool.query(
      `SELECT 1 FROM hookyard.delivery WHERE id = ANY ($1) AND status = 'dead'`,
      [others],
    );
    expect(rowCount).toBe(9);
  });

  it('makes new deliveries by the routes of today, to the filter’s destination, or to those named', async () => {
    await storeEvents(database.pool, 'stripe', 5);
    await storeEvents(database.pool, 'stripe', 2, 'customer.created');
    await storeEvents(database.pool, 'shopify', 2, 'orders/create');
    await storeEvents(database.pool, 'stripe', 2, 'unparsed');
    const run = async (
      filter: object,
      more: object = {},
    ): Promise<[Record<string, number>, Record<string, number>]> => {
      const { code, data } = await ask({ mode: 'replay', filter: { from, ...filter }, ...more });
      expect(code).toBe(202);
      return [await made((await ended(data.id)).id), (await see(data.id)).skippedBecause];
    };
    expect(await run({})).toEqual([{ billing: 5, analytics: 7 }, { noDestination: 4 }]);
    expect(await run({ type: 'customer.*' })).toEqual([{ analytics: 2 }, {}]);
    // The pattern is not LIKE's, and no pattern takes what is unparsed.
    expect(await run({ type: ['invoice_%', 'customer_created'] }, { destination: 'billing' })).toEqual([{}, {}]);
    expect(await run({ source: 'stripe', type: '*' }, { destination: 'billing' })).toEqual([{ billing: 7 }, {}]);
    expect(await run({ type: 'unparsed' }, { destinations: ['billing', 'analytics'] })).toEqual([
      { billing: 2, analytics: 2 },
      {},
    ]);
    // What went to analytics before goes there again, and nowhere else.
    expect(await run({ destination: 'analytics', type: 'invoice.paid' })).toEqual([{ analytics: 5 }, {}]);
  });

  it('takes only what was there when it was asked for', async () => {
    const letters = await storeDeadLetters(database.pool, 'stripe', 'billing', 20);
    // Of a pace that leaves it unfinished for long, so that what comes next comes in the middle.
    const retry = await ask({ mode: 'retry', pace: 0.1 });
    const replay = await ask({ mode: 'replay', filter: { from }, destination: 'analytics', pace: 0.1 });
    expect([retry.data.total, replay.data.total]).toEqual([20, 20]);
    await storeDeadLetters(database.pool, 'stripe', 'billing', 20);
    // Even with an id that is lower: ids come from many clocks.
    await database.pool.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id, status, settled_at, replay_id)
       SELECT $1::uuid, event_id, destination_id, 'dead', clock_timestamp(), gen_random_uuid() FROM hookyard.delivery WHERE id = $2`,
      ['00000001-0000-7000-8000-000000000000', letters[0]],
    );
    await database.pool.query(`UPDATE hookyard.replay SET pace = 5000`);
    expect((await ended(retry.data.id)).processed).toBe(20);
    expect(await ended(replay.data.id)).toMatchObject({ processed: 20, deliveries: 20 });
  });

  it('leaves out, and counts, what cannot be sent any more', async () => {
    const letters = await storeDeadLetters(database.pool, 'stripe', 'billing', 4);
    await database.pool.query(
      `DELETE FROM hookyard.body WHERE id IN (SELECT e.body_id FROM hookyard.event e JOIN hookyard.delivery d ON d.event_id = e.id
       WHERE d.id = ANY ($1))`,
      [letters.slice(0, 1)],
    );
    await database.pool.query(`UPDATE hookyard.delivery SET destination_id = 0 WHERE id = $1`, [letters[1]]);
    const retry = await ask({ mode: 'retry' });
    expect(await ended(retry.data.id)).toMatchObject({
      processed: 4,
      deliveries: 2,
      skipped: 2,
      skippedBecause: { bodyGone: 1, destinationRemoved: 1 },
    });
    const replay = await ask({ mode: 'replay', filter: { from }, destination: 'analytics' });
    expect(await ended(replay.data.id)).toMatchObject({ processed: 4, deliveries: 3, skippedBecause: { bodyGone: 1 } });
  });

  it('stops when it is cancelled, for good, and when it is paused, until it is resumed', async () => {
    await storeEvents(database.pool, 'stripe', 300);
    const begin = async (): Promise<string> => {
      const { data } = await ask({ mode: 'replay', filter: { from }, destination: 'analytics', pace: 1 });
      await until('it has begun', async () => (await see(data.id)).deliveries > 0);
      return data.id;
    };
    const [cancelled, paused] = [await begin(), await begin()];
    const change = (id: string, action: string) => operate<Bulk>(router, 'POST', `/replays/${id}/${action}`);
    const afterCancel = await change(cancelled, 'cancel');
    const afterPause = await change(paused, 'pause');
    expect([afterCancel.data.status, afterPause.data.status]).toEqual(['cancelled', 'paused']);
    // Another one runs from its beginning to its end meanwhile: whoever works has looked at all of them, often.
    await database.pool.query('UPDATE hookyard.replay SET pace = 5000');
    const other = await ask({ mode: 'replay', filter: { from }, destination: 'analytics', pace: 5_000 });
    expect((await ended(other.data.id)).deliveries).toBe(300);
    expect(await see(cancelled)).toMatchObject({ status: 'cancelled', deliveries: afterCancel.data.deliveries });
    expect(await see(paused)).toMatchObject({ status: 'paused', deliveries: afterPause.data.deliveries });
    expect(await made(cancelled)).toEqual({ analytics: afterCancel.data.deliveries });
    for (const [id, action] of [
      [cancelled, 'cancel'],
      [cancelled, 'resume'],
      [cancelled, 'pause'],
      [paused, 'pause'],
    ] as const) {
      expect((await change(id, action)).errors[0]?.code).toBe('REPLAY_NOT_CHANGEABLE');
    }
    expect((await change(paused, 'resume')).data.status).toBe('running');
    expect(await ended(paused)).toMatchObject({ status: 'finished', processed: 300, deliveries: 300 });
    expect(await made(paused)).toEqual({ analytics: 300 });
  });

  it('is listed newest first, and unknown ones are 404', async () => {
    const first = await ask({ mode: 'retry' });
    const second = await ask({ mode: 'retry', filter: { status: 'cancelled' } });
    await Promise.all([ended(first.data.id), ended(second.data.id)]);
    const list = await operate<Bulk[]>(router, 'GET', '/replays?status=finished&limit=1');
    expect(list.data.map(({ id }) => id)).toEqual([second.data.id]);
    for (const path of [`/replays/rpl_${'0'.repeat(32)}`, '/replays/rpl_1', '/replays/%00']) {
      expect([path, (await operate(router, 'GET', path)).errors[0]?.code]).toEqual([path, 'REPLAY_NOT_FOUND']);
      expect((await operate(router, 'POST', `${path}/cancel`)).errors[0]?.code).toBe('REPLAY_NOT_FOUND');
    }
  });

  const wrong: [string, unknown, string][] = [
    ['no body', undefined, 'INVALID_REQUEST'],
    ['no mode', {}, 'INVALID_REQUEST'],
    ['a replay without a time range', { mode: 'replay' }, 'INVALID_REQUEST'],
    ['a range of years', { mode: 'replay', filter: { from: '2020-01-01T00:00:00Z' } }, 'INVALID_REQUEST'],
    [
      'a range that ends before it begins',
      { mode: 'retry', filter: { from, to: '2020-01-01T00:00:00Z' } },
      'INVALID_REQUEST',
    ],
    ['a time that is none', { mode: 'retry', filter: { from: 'yesterday' } }, 'INVALID_REQUEST'],
    ['a retry elsewhere', { mode: 'retry', destination: 'billing' }, 'INVALID_REQUEST'],
    ['a retry that reads anew', { mode: 'retry', renormalise: true }, 'INVALID_REQUEST'],
    ['a retry of what is delivered', { mode: 'retry', filter: { status: 'delivered' } }, 'INVALID_REQUEST'],
    ['a pace of 0', { mode: 'retry', pace: 0 }, 'INVALID_REQUEST'],
    ['a pace beyond all bounds', { mode: 'retry', pace: 1e9 }, 'INVALID_REQUEST'],
    ['a filter that nobody knows', { mode: 'retry', filter: { sourec: 'stripe' } }, 'INVALID_REQUEST'],
    ['a text with NUL', { mode: 'retry', filter: { source: 'a\0' } }, 'INVALID_REQUEST'],
    ['no patterns', { mode: 'retry', filter: { type: [] } }, 'INVALID_REQUEST'],
    [
      'a destination that nobody has',
      { mode: 'replay', filter: { from }, destination: 'nobody' },
      'DESTINATION_NOT_FOUND',
    ],
  ];
  it.each(wrong)('with %s is refused', async (_name, body, code) => {
    const said = await ask(body);
    expect(said.errors[0]?.code).toBe(code);
    expect((await operate<Bulk[]>(router, 'GET', '/replays')).data).toEqual([]);
  });

  it('is refused when twenty are under way', async () => {
    await storeEvents(database.pool, 'stripe', 1);
    const asks = await Promise.all(
      Array.from({ length: 20 }, () => ask({ mode: 'replay', filter: { from }, destination: 'billing', pace: 0.1 })),
    );
    // The pace lets none of them end by itself before it is paused.
    const open = asks.filter(({ code }) => code === 202);
    for (const { data } of open) await operate(router, 'POST', `/replays/${data.id}/pause`);
    const { rows } = await database.pool.query<{ n: number }>(
      `SELECT 20 - count(*)::int AS n FROM hookyard.replay WHERE status = 'paused'`,
    );
    await database.pool.query(
      `INSERT INTO hookyard.replay (id, mode, status, filter, pace, position, last_id, total_is_exact)
       SELECT gen_random_uuid(), 'retry', 'paused', '{}', 1, gen_random_uuid(), gen_random_uuid(), true FROM generate_series(1, $1)`,
      [rows[0]?.n],
    );
    const said = await ask({ mode: 'retry' });
    expect([said.code, said.errors[0]?.code]).toEqual([409, 'TOO_MANY_REPLAYS']);
  });
});
