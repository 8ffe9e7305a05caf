import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createHash } from 'node:crypto';
import { newId } from '../../src/database/ids.js';
import { EventStore } from '../../src/events/event.store.js';
import type { NewEvent, Recorded } from '../../src/events/new-event.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(30_000);

describe('webhooks that share a commit', () => {
  let database: TestDatabase;
  let routers: TestRouter[] = [];
  let sourceId = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    routers = [await startRouter({ databaseUrl: database.url }), await startRouter({ databaseUrl: database.url })];
    const { rows } = await database.pool.query<{ id: number }>(`SELECT id FROM hookyard.source WHERE slug = 'stripe'`);
    sourceId = rows[0]?.id ?? 0;
  });
  afterAll(async () => {
    await Promise.all(routers.map((router) => router.close()));
    await database.drop();
  });

  const ingress = (n = 0): string => (routers[n % 2] as TestRouter).ingress('stripe');
  const storedIds = async (prefix: string): Promise<string[]> => {
    const { rows } = await database.pool.query<{ external_id: string }>(
      'SELECT external_id FROM hookyard.event WHERE starts_with(external_id, $1) ORDER BY external_id',
      [prefix],
    );
    return rows.map(({ external_id: id }) => id);
  };
  const newEvent = (externalId: string, type: string): NewEvent => {
    const body = Buffer.from(externalId);
    const unknown = {
      subject: undefined,
      tenant: undefined,
      occurredAt: undefined,
      apiVersion: undefined,
      livemode: undefined,
    };
    const normalised = { externalId, type, ...unknown, headers: {}, signatureHeaders: {}, contentType: undefined };
    const bodySha256 = createHash('sha256').update(body).digest();
    const id = newId();
    return {
      id,
      sourceId,
      normalised: { ...normalised, bodySha256, bodyFormat: 'binary', part: undefined },
      body,
      bodyId: id,
      deliveries: [],
      heldReason: undefined,
      routedRevision: 0n,
    };
  };

  it('are all stored but the one whose row the database refuses', async () => {
    const store = (routers[0] as TestRouter).app.get(EventStore);
    // Our own cleaning lets no such text through; this stands for whatever it may one day miss.
    const events = Array.from({ length: 200 }, (_, n) => newEvent(`poison_${n}`, n === 100 ? 'a\0b' : 'fine'));
    const results = await Promise.allSettled(events.map((event) => store.record([event])));
    const refused = results.flatMap((result, n) =>
      result.status === 'rejected' ? [[n, (result.reason as { code: string }).code]] : [],
    );
    expect(refused).toEqual([[100, '22021']]);
    const stored = results.filter(
      (result): result is PromiseFulfilledResult<readonly Recorded[]> => result.status === 'fulfilled',
    );
    expect(new Set(stored.map(({ value }) => value[0]?.status))).toEqual(new Set(['accepted']));
    expect(await storedIds('poison_')).toHaveLength(199);
  });

  it('are different events when their ids differ only in case or in Unicode normalisation', async () => {
    const ids = ['evt_twin_e\u0301', 'evt_twin_\u00e9', 'evt_twin_E', 'evt_twin_e', 'evt_twin_e '];
    const answers = await Promise.all(ids.map((id) => send(ingress(), stripeWebhook(id))));
    expect(answers.map(({ json }) => json?.status)).toEqual(ids.map(() => 'accepted'));
    expect(new Set(answers.map(({ json }) => json?.id)).size).toBe(ids.length);
    expect(new Set(await storedIds('evt_twin_'))).toEqual(new Set(ids));
  });

  it('are stored once each when two routers get the same 50 ids in any order, many times at once', async () => {
    const ids = Array.from({ length: 50 }, (_, n) => `evt_crossed_${n}`);
    const requests = Array.from({ length: 12 }, () => ids.toSorted(() => Math.random() - 0.5)).flat();
    const answers = await Promise.all(requests.map((id, n) => send(ingress(n), stripeWebhook(id))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.filter(({ json }) => json?.status === 'accepted')).toHaveLength(ids.length);
    expect(await storedIds('evt_crossed_')).toEqual(ids.toSorted());
  });

  it('never deadlock, though two routers write the same ids in opposite order', async () => {
    const stores = routers.map((router) => router.app.get(EventStore));
    for (let round = 0; round < 10; round += 1) {
      const ids = Array.from({ length: 150 }, (_, n) => `opposite_${round}_${n}`);
      const write = (store: EventStore | undefined, order: string[]) =>
        order.map((id) => store?.record([newEvent(id, 'fine')]));
      const recorded = await Promise.all([...write(stores[0], ids), ...write(stores[1], ids.toReversed())]);
      expect(recorded.filter((one) => one?.[0]?.status === 'accepted')).toHaveLength(ids.length);
    }
    // A deadlock is repeated silently; the server counts it, at the latest when the connection that met it ends.
    await Promise.all(routers.map((router) => router.close()));
    const { rows } = await database.pool.query(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  });
});
