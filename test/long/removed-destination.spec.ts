import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sweepRemoved } from '../../src/routing/sweep-removed.js';
import { accepted, deliveryTo } from '../support/deliveries.js';
import { operate } from '../support/operate.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { storeEvents } from '../support/stored-events.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('a destination that an operator removes', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let eventId: string;

  const start = (names: string[], more = ''): Promise<TestRouter> =>
    startRouter({
      databaseUrl: database.url,
      yaml: `destinations:
${names.map((name) => `  - { name: ${name}, url: "${receiver.url}/${name}", allowPrivateNetwork: true, retry: { schedule: [1h] } }`).join('\n')}
routes:
${names.map((name) => `  - { source: stripe, to: ${name} }`).join('\n')}
${more}`,
    });
  const remove = (name: string) => operate(router, 'DELETE', `/destinations/${name}`);
  const statuses = async (): Promise<Record<string, number>> => {
    const { rows } = await database.pool.query<{ key: string; n: number }>(
      `SELECT concat_ws(' ', d.status, d.dead_reason) AS key, count(*)::int AS n FROM hookyard.delivery d
       JOIN hookyard.destination x ON x.id = d.destination_id WHERE x.name = 'old' GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ key, n }) => [key, n]));
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    receiver.answer = ({ path }, response) => response.writeHead(path.endsWith('/old') ? 503 : 200).end();
    router = await start(['old', 'new']);
    eventId = await accepted(router, 'stripe', stripeWebhook('evt_removed'));
    await until('it waits for its retry', async () => (await deliveryTo(router, eventId, 'old')).attempts === 1);
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('must not be declared any more: the next start would make it again', async () => {
    const { code, errors } = await remove('old');
    expect([code, errors[0]?.code]).toEqual([409, 'DESTINATION_DECLARED']);
    expect(errors[0]?.message).toContain('hookyard.yaml');
    expect((await remove('nobody')).code).toBe(404);
    expect((await remove('%00')).errors[0]?.code).toBe('DESTINATION_NOT_FOUND');
  });

  it('leaves nothing waiting: pending and held become dead with the reason, however many; what is claimed ends first', async () => {
    await router.close();
    router = await start(['new']);
    const ids = await storeEvents(database.pool, 'stripe', 6_000);
    await database.pool.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id, status, held_reason)
       SELECT gen_random_uuid(), e.id, x.id, s.status, CASE s.status WHEN 'held' THEN 'suspected replay' END
       FROM unnest($1::uuid[]) WITH ORDINALITY AS e(id, n)
       JOIN hookyard.destination x ON x.name = 'old'
       CROSS JOIN LATERAL (SELECT CASE e.n WHEN 1 THEN 'claimed' WHEN 2 THEN 'held' WHEN 3 THEN 'delivered' ELSE 'pending' END AS status) s`,
      [ids],
    );
    expect(await statuses()).toEqual({ pending: 5_998, held: 1, claimed: 1, delivered: 1 });
    expect((await remove('old')).code).toBe(200);
    await until('nothing waits', async () => (await statuses())['dead destination_removed'] === 5_999);
    expect(await statuses()).toEqual({ 'dead destination_removed': 5_999, claimed: 1, delivered: 1 });
    expect((await remove('old')).code).toBe(404);
    // It comes back from its attempt, as a settle or a reaper gives it back.
    await database.pool.query(`UPDATE hookyard.delivery SET status = 'pending' WHERE status = 'claimed'`);
    await until('that one is dead too', async () => (await statuses())['dead destination_removed'] === 6_000);
  });

  it('catches what an intake writes that matched the routes of a moment ago', async () => {
    const [late] = await storeEvents(database.pool, 'stripe', 1);
    await database.pool.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id)
       SELECT gen_random_uuid(), $1, id FROM hookyard.destination WHERE name = 'old'`,
      [late],
    );
    await until('it is dead', async () => (await statuses())['dead destination_removed'] === 6_001);
    // Nothing left: another look finds nothing.
    expect(await sweepRemoved(database.pool, new AbortController().signal)).toBe(0);
  });

  it('does not take its events with it: they can be replayed elsewhere, by the name it had', async () => {
    const letter = await deliveryTo(router, eventId, 'old');
    expect(letter).toMatchObject({ status: 'dead', deadReason: 'destination_removed' });
    const retry = await operate(router, 'POST', `/deliveries/${letter.id}/retry`);
    expect([retry.code, retry.errors[0]?.code]).toEqual([409, 'DESTINATION_REMOVED']);
    await database.pool.query(
      `UPDATE hookyard.delivery SET dead_reason = 'max_age' WHERE dead_reason = 'destination_removed' AND replace(event_id::text, '-', '') <> $1`,
      [eventId.replace('evt_', '')],
    );
    const body = {
      mode: 'replay',
      filter: {
        destination: 'old',
        deadReason: 'destination_removed',
        from: new Date(Date.now() - 3_600_000).toISOString(),
      },
    };
    // Without a place to go it would go to the filter's destination, and that one is gone.
    expect((await operate(router, 'POST', '/replays', body)).errors[0]?.code).toBe('DESTINATION_NOT_FOUND');
    const before = receiver.received.filter(({ path }) => path.endsWith('/new')).length;
    const { code, data } = await operate<{ total: number }>(router, 'POST', '/replays', {
      ...body,
      destination: 'new',
    });
    expect([code, data.total]).toEqual([202, 1]);
    await until(
      'it is there',
      () => receiver.received.filter(({ path }) => path.endsWith('/new')).length === before + 1,
    );
    expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(eventId);
  });

  it('leaves its name to another one, which has nothing of its past', async () => {
    await router.close();
    // What it said at first, meant anew.
    router = await start(['old', 'new'], 'revision: 2');
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n, count(*) FILTER (WHERE deleted_at IS NULL)::int AS live FROM hookyard.destination WHERE name = 'old'`,
    );
    expect(rows).toEqual([{ n: 2, live: 1 }]);
    receiver.answer = 200;
    const next = await accepted(router, 'stripe', stripeWebhook('evt_after_removal'));
    await until('it is delivered', async () => (await deliveryTo(router, next, 'old')).status === 'delivered');
  });
});
