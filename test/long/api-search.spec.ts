import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { idAt } from '../../src/operations/lists/time-range.js';
import { apiCall } from '../support/api-call.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { rawStripeWebhook, send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('search by body', () => {
  let database: TestDatabase;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const store = async (id: string, data: object = {}): Promise<string> =>
    String((await send(router.ingress('stripe'), stripeWebhook(id, 'invoice.paid', { data }))).json?.id);
  const find = async (body: unknown): Promise<unknown[]> => {
    const filter = encodeURIComponent(typeof body === 'string' ? body : JSON.stringify(body));
    const { code, body: answer } = await apiCall(router.managementUrl, 'GET', `/events?body=${filter}`);
    expect(code).toBe(200);
    return answer.data.map((event) => event['id']);
  };

  it('finds an event by what its body contains, soon after it came', async () => {
    const id = await store('evt_paid', { status: 'paid', lines: [{ sku: 'a' }, { sku: 'b' }] });
    await store('evt_open', { status: 'open' });
    const containing = { data: { object: { status: 'paid', lines: [{ sku: 'b' }] } } };
    await until('it is found', async () => (await find(containing)).length > 0);
    expect(await find(containing)).toEqual([id]);
    expect(await find({ data: { object: { status: 'void' } } })).toEqual([]);
  });

  it('says in the answer how far it lags', async () => {
    const { body } = await apiCall(router.managementUrl, 'GET', `/events?body=${encodeURIComponent('{"a":1}')}`);
    expect(body.page).toMatchObject({ searchLagMs: expect.any(Number) });
  });

  it('keeps every digit of a number', async () => {
    const body = '{"id":"evt_digits","type":"invoice.paid","data":{"amount":9007199254740993}}';
    const { json } = await send(router.ingress('stripe'), rawStripeWebhook(Buffer.from(body)));
    await until('it is found', async () => (await find('{"data":{"amount":9007199254740993}}')).length > 0);
    expect(await find('{"data":{"amount":9007199254740992}}')).toEqual([]);
    expect(json?.status).toBe('accepted');
  });

  it('is not held up by a body that Postgres has no JSON for; that one is found by everything else', async () => {
    const bodies = [
      '{"id":"evt_huge_number","type":"invoice.paid","data":1e999999}',
      '{"id":"evt_nul","type":"invoice.paid","data":{"a\\u0000b":"c\\u0000"}}',
      '{"id":"evt_half","type":"invoice.paid","data":"\\ud800"}',
      `{"id":"evt_deep","type":"invoice.paid","data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      'no json at all',
    ];
    for (const body of bodies) await send(router.ingress('stripe'), rawStripeWebhook(Buffer.from(body)));
    const after = await store('evt_after_the_strange', { after: 'strange' });
    await until('what came later is found', async () =>
      (await find({ data: { object: { after: 'strange' } } })).includes(after),
    );
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS missing FROM hookyard.event e
       WHERE NOT EXISTS (SELECT 1 FROM hookyard.event_search s WHERE s.id = e.id)`,
    );
    expect(rows).toEqual([{ missing: 0 }]);
  });

  it('misses no event that committed long after later ones, with an id older than theirs', async () => {
    const late = await store('evt_late', { came: 'late' });
    await until('it is found', async () => (await find({ data: { object: { came: 'late' } } })).length > 0);
    // As if its transaction had committed only now: two minutes after its id was made, with many newer ones long indexed.
    await database.pool.query(`UPDATE hookyard.event SET id = $1::uuid WHERE external_id = 'evt_late'`, [
      idAt(Date.now() - 120_000),
    ]);
    await database.pool.query(`DELETE FROM hookyard.event_search WHERE id = replace($1, 'evt_', '')::uuid`, [late]);
    await until(
      'the sweep finds it',
      async () => (await find({ data: { object: { came: 'late' } } })).length > 0,
      45_000,
    );
  });
});
