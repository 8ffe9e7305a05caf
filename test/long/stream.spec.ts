import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connect } from 'node:net';
import { apiCall, makeKey } from '../support/api-call.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook, telegramWebhook } from '../support/senders.js';
import { StreamReader } from '../support/stream-reader.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('the live stream', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  const routers: TestRouter[] = [];
  const readers: StreamReader[] = [];
  const start = async (env: Record<string, string> = {}): Promise<TestRouter> => {
    const router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('inbox', receiver.url, 'retry: { schedule: [1s, 1s] }'),
      env,
    });
    routers.push(router);
    return router;
  };
  const listen = async (...args: Parameters<typeof StreamReader.open>): Promise<StreamReader> => {
    const reader = await StreamReader.open(...args);
    readers.push(reader);
    return reader;
  };
  const webhook = async (router: TestRouter, id: string, type?: string): Promise<string> =>
    String((await send(router.ingress('stripe'), stripeWebhook(id, type))).json?.id);
  const idsOf = (reader: StreamReader): string[] => reader.of('event').map(({ externalId }) => String(externalId));

  beforeEach(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    for (const router of routers.splice(0)) await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('tells of an event and of what becomes of its delivery, also when another process takes and sends it', async () => {
    const [here, there] = [await start({ HOOKYARD_ROLE: 'api' }), await start()];
    const reader = await listen(here.managementUrl);
    const id = await webhook(there, 'evt_1');
    await until('the delivery to be told of', () => reader.of('delivery').some(({ status }) => status === 'delivered'));
    expect(reader.of('event')).toEqual([expect.objectContaining({ id, source: 'stripe', type: 'invoice.paid' })]);
    expect(reader.of('delivery').at(-1)).toMatchObject({
      eventId: id,
      destination: 'inbox',
      source: 'stripe',
      type: 'invoice.paid',
      status: 'delivered',
      attempts: 1,
    });
  });

  it('tells each event once', async () => {
    const router = await start();
    const reader = await listen(router.managementUrl, '?only=event');
    const sent = Array.from({ length: 60 }, (_, n) => `evt_${n}`);
    for (const id of sent.slice(0, 30)) await webhook(router, id);
    await Promise.all(sent.slice(30).map((id) => webhook(router, id)));
    await webhook(router, 'evt_last');
    await until('all to be told', () => idsOf(reader).includes('evt_last') && idsOf(reader).length >= 61);
    expect(idsOf(reader)).toHaveLength(61);
    expect(new Set(idsOf(reader))).toEqual(new Set([...sent, 'evt_last']));
  });

  it('goes on where it was: nothing is missed that happened meanwhile, delivery results included', async () => {
    const router = await start();
    receiver.answer = 503;
    const before = await listen(router.managementUrl);
    await webhook(router, 'evt_before');
    await until('the first', () => idsOf(before).length === 1 && before.of('delivery').length > 0);
    const known = before.lastId;
    await until('its position', () => before.lastId !== known || before.lastId);
    before.close();
    const { lastId } = before;
    for (let n = 0; n < 5; n += 1) await webhook(router, `evt_away_${n}`);
    receiver.answer = 200;
    await until(
      'all to be delivered',
      async () => (await router.api('/deliveries?status=delivered')).data.length === 6,
    );
    const after = await listen(router.managementUrl, '', { lastId });
    await until('what was missed', () => idsOf(after).filter((id) => id.startsWith('evt_away')).length === 5);
    await until(
      'how it ended',
      () => new Set(after.of('delivery').map(({ status, id }) => status === 'delivered' && id)).size >= 6,
    );
    await webhook(router, 'evt_now');
    await until('what comes now', () => idsOf(after).includes('evt_now'));
    expect(idsOf(after).filter((id) => id === 'evt_now')).toHaveLength(1);
    expect(new Set(idsOf(after)).size).toBe(idsOf(after).length);
  });

  it('misses nothing of a transaction that began before the position and commits after it', async () => {
    const router = await start();
    await webhook(router, 'evt_model');
    const slow = await database.pool.connect();
    const copy = (externalId: string, age: string): string =>
      `INSERT INTO hookyard.event SELECT (jsonb_populate_record(e, jsonb_build_object('external_id', '${externalId}',
         'id', left(e.id::text, 24) || '${age}', 'received_at', clock_timestamp()))).* FROM hookyard.event e WHERE external_id = 'evt_model'`;
    try {
      await slow.query('BEGIN');
      await slow.query(copy('evt_slow', '000000000001'));
      const reader = await listen(router.managementUrl, '?only=event');
      await webhook(router, 'evt_quick');
      // An open transaction elsewhere does not keep the news back.
      await until('the quick one', () => idsOf(reader).includes('evt_quick'));
      const { lastId } = reader;
      await slow.query('COMMIT');
      await until('the slow one', () => idsOf(reader).includes('evt_slow'));
      expect(new Set(idsOf(reader))).toEqual(new Set(['evt_quick', 'evt_slow']));
      // And somebody who was away meanwhile hears of it too.
      const other = await listen(router.managementUrl, '?only=event', { lastId });
      await until('the slow one, later', () => idsOf(other).includes('evt_slow'));
    } finally {
      await slow.query('ROLLBACK');
      slow.release();
    }
  });

  it('filters by source, type with wildcards, destination and status, and by kind', async () => {
    const router = await start();
    const queries = {
      telegram: '?source=telegram&only=event',
      invoices: '?type=invoice.*&only=event',
      delivered: '?destination=inbox&status=delivered',
      nobody: '?destination=nobody',
    };
    const opened = await Promise.all(
      Object.entries(queries).map(async ([name, query]) => [name, await listen(router.managementUrl, query)] as const),
    );
    const by = Object.fromEntries(opened) as Record<keyof typeof queries, StreamReader>;
    await webhook(router, 'evt_a', 'invoice.paid');
    await webhook(router, 'evt_b', 'customer.created');
    await send(router.ingress('telegram'), telegramWebhook(7));
    await until('three deliveries', () => new Set(by.delivered.of('delivery').map(({ id }) => id)).size === 3);
    await until('the one of telegram', () => by.telegram.heard.length === 1);
    expect(idsOf(by.invoices)).toEqual(['evt_a']);
    expect(by.telegram.of('event')).toEqual([expect.objectContaining({ sourceType: 'telegram' })]);
    expect(new Set(by.delivered.heard.map(({ name, data }) => `${name} ${String(data['status'])}`))).toEqual(
      new Set(['delivery delivered']),
    );
    expect(by.nobody.heard).toEqual([]);
    for (const query of ['?only=nothing', '?status=lost', '?what=1']) {
      const { code, body } = await apiCall(router.managementUrl, 'GET', `/stream${query}`);
      expect([query, code, body.errors[0]?.code]).toEqual([query, 400, 'INVALID_REQUEST']);
    }
    const { code, body } = await apiCall(router.managementUrl, 'GET', '/stream', { headers: { 'last-event-id': 'x' } });
    expect([code, body.errors[0]?.code]).toEqual([400, 'INVALID_CURSOR']);
  });

  it('tells when a breaker is forced and a destination paused, and a newcomer with a position how it stands', async () => {
    const router = await start();
    const reader = await listen(router.managementUrl, '?only=breaker');
    await apiCall(router.managementUrl, 'POST', '/destinations/inbox/breaker', { body: { state: 'open' } });
    await until('the open breaker', () => reader.of('breaker').some(({ state }) => state === 'open'));
    await apiCall(router.managementUrl, 'POST', '/destinations/inbox/pause', { body: {} });
    await until('the pause', () => reader.of('breaker').some(({ paused }) => paused === true));
    const back = await listen(router.managementUrl, '?only=breaker', { lastId: reader.lastId });
    expect(back.of('breaker')[0]).toMatchObject({ destination: 'inbox', state: 'open', forced: true, paused: true });
  });

  it('tells of what a person does to a delivery that is long over', async () => {
    const router = await start();
    receiver.answer = 400;
    const id = await webhook(router, 'evt_1');
    const dead = await until(
      'a dead letter',
      async () => (await router.api(`/deliveries?status=dead&event=${id}`)).data[0],
    );
    await database.pool.query(`UPDATE hookyard.attempt SET started_at = started_at - interval '1 day'`);
    await apiCall(router.managementUrl, 'POST', '/destinations/inbox/pause', { body: {} });
    const reader = await listen(router.managementUrl, '?only=delivery');
    await apiCall(router.managementUrl, 'POST', `/deliveries/${String(dead['id'])}/retry`);
    await until('the retry', () => reader.of('delivery').some(({ status }) => status === 'pending'));
  });

  it('ends at once and with a word when the router stops', async () => {
    const router = await start();
    const reader = await listen(router.managementUrl);
    await router.close();
    routers.splice(0);
    await until('its end', () => reader.isOver);
    expect(reader.heard.at(-1)).toEqual({ name: 'end', data: { reason: 'shutting_down' } });
  });

  it('ends when its key is revoked, and is open to viewers', async () => {
    const router = await start();
    const { id, key } = await makeKey(router.managementUrl, 'viewer');
    const reader = await listen(router.managementUrl, '', { key });
    await apiCall(router.managementUrl, 'DELETE', `/api-keys/${id}`);
    await until('its end', () => reader.isOver);
    expect(reader.heard.at(-1)).toEqual({ name: 'end', data: { reason: 'key_ended' } });
  });

  it('cuts off a client that does not read, and nobody else', async () => {
    const router = await start();
    const { hostname, port } = new URL(router.managementUrl);
    const deaf = connect(Number(port), hostname);
    deaf.pause();
    deaf.on('error', () => undefined);
    deaf.write(`GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\n\r\n`);
    const reader = await listen(router.managementUrl, '?only=event');
    const { LiveStream } = await import('../../src/operations/stream/live-stream.js');
    const streams = router.app.get(LiveStream);
    await until('both to be heard', () => streams.size === 2);
    const fat = 'x'.repeat(400);
    const subject = { customer: fat, metadata: { a: fat } };
    for (let n = 0; streams.size === 2 && n < 400; n += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, m) =>
          send(router.ingress('stripe'), stripeWebhook(`evt_${n}_${m}`, `t.${'y'.repeat(200)}`, { data: subject })),
        ),
      );
    }
    await until('the deaf one to be gone', () => streams.size === 1, 60_000);
    expect(reader.isOver).toBe(false);
    deaf.destroy();
  }, 120_000);
});
