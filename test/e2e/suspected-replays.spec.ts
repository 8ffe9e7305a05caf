import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '../../src/database/ids.js';
import { EventStore } from '../../src/events/event.store.js';
import type { NewEvent } from '../../src/events/new-event.js';
import { sightingOf } from '../../src/events/sighting.js';
import { SightingStore } from '../../src/events/sighting.store.js';
import { prepareEvents } from '../../src/intake/prepare-events.js';
import { TopologyStore } from '../../src/routing/topology.store.js';
import type { Source } from '../../src/routing/topology.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, SOURCES_YAML, startRouter, type TestRouter } from '../support/router.js';
import { send, shopifyWebhook, stripeWebhook, SHOPIFY_SECRET } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

const MORE_SOURCES = `  - { slug: strict, type: shopify, secrets: ["${SHOPIFY_SECRET}"], suspectedReplays: hold }
  - { slug: lax, type: shopify, secrets: ["${SHOPIFY_SECRET}"], suspectedReplays: deliver }
`;

interface SeenEvent {
  id: string;
  suspectedReplayOf: string | null;
  deliveries: { status: string; heldReason: string | null }[];
}

describe('a body that comes again under another id, which its sender does not sign', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let routers: TestRouter[];

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    const settings = {
      databaseUrl: database.url,
      sourcesYaml: SOURCES_YAML + MORE_SOURCES,
      yaml: destinationYaml('inbox', receiver.url),
    };
    routers = [await startRouter(settings), await startRouter(settings)];
  });
  afterAll(async () => {
    await Promise.all(routers.map((router) => router.close()));
    await receiver.stop();
    await database.drop();
  });

  const router = (n = 0): TestRouter => routers[n % 2] as TestRouter;
  const eventOf = async (id: string): Promise<SeenEvent> =>
    (await router().api<{ data: SeenEvent }>(`/events/${id}`)).data;
  const take = async (slug: string, id: string, about: object, topic?: string): Promise<SeenEvent> =>
    eventOf(await accepted(router(), slug, shopifyWebhook(id, topic, about)));

  it('is flagged with the event that came first, and delivered', async () => {
    const first = await take('shopify', 'w-1', { id: 1 });
    const second = await take('shopify', 'w-2', { id: 1 });
    expect([first.suspectedReplayOf, second.suspectedReplayOf]).toEqual([null, first.id]);
    expect((await settledDelivery(router(), second.id, 'inbox')).status).toBe('delivered');
  });

  it('is listed when suspects are asked for, alone and with other filters, and not among the others', async () => {
    const [first, second] = [await take('lax', 'l-1', { id: 1 }), await take('lax', 'l-2', { id: 1 })];
    const idsOf = async (query: string) =>
      (await router().api<{ data: SeenEvent[] }>(`/events?${query}`)).data.map(({ id }) => id);
    expect(await idsOf('suspectedReplay=true')).toContain(second.id);
    expect(await idsOf('suspectedReplay=true&source=lax')).toEqual([second.id]);
    expect(await idsOf('suspectedReplay=false&source=lax')).toEqual([first.id]);
    expect(await idsOf('suspectedReplay=true&externalId=example.myshopify.com/l-1')).toEqual([]);
    expect(await router().api('/events?suspectedReplay=maybe')).toMatchObject({
      errors: [{ code: 'INVALID_REQUEST' }],
    });
  });

  it('is no suspect when sender, type or body differ, nor when the sender repeats the id', async () => {
    await take('shopify', 'o-1', { id: 2 }, 'orders/create');
    expect((await take('shopify', 'o-2', { id: 2 }, 'orders/paid')).suspectedReplayOf).toBeNull();
    expect((await take('shopify', 'o-3', { id: 3 }, 'orders/create')).suspectedReplayOf).toBeNull();
    expect((await take('lax', 'o-4', { id: 2 }, 'orders/create')).suspectedReplayOf).toBeNull();
    for (let n = 0; n < 8; n += 1) {
      const again = await send(router(n).ingress('shopify'), shopifyWebhook('o-1', 'orders/create', { id: 2 }));
      expect(again.json?.status).toBe('duplicate');
    }
    const { rows } = await database.pool.query(
      `SELECT seen FROM hookyard.body_sighting WHERE external_ids @> ARRAY['example.myshopify.com/o-1']`,
    );
    expect(rows).toEqual([{ seen: 1 }]);
  });

  it('is held where the source says so, until a person releases it', async () => {
    const first = await take('strict', 's-1', { id: 4 });
    const second = await take('strict', 's-2', { id: 4 });
    expect((await settledDelivery(router(), first.id, 'inbox')).status).toBe('delivered');
    expect(second).toMatchObject({
      suspectedReplayOf: first.id,
      deliveries: [{ status: 'held', heldReason: 'suspected_replay' }],
    });
  });

  it('is held from the sixth id on, unless the source delivers whatever comes', async () => {
    const statuses = async (slug: string): Promise<string[]> => {
      const seen: string[] = [];
      for (let n = 1; n <= 8; n += 1) {
        const { deliveries } = await take(slug, `many-${n}`, { id: 5 });
        seen.push(deliveries[0]?.status === 'held' ? 'held' : 'goes out');
      }
      return seen;
    };
    const five = Array.from({ length: 5 }, () => 'goes out');
    expect(await statuses('shopify')).toEqual([...five, 'held', 'held', 'held']);
    expect(await statuses('lax')).toEqual([...five, 'goes out', 'goes out', 'goes out']);
  });

  it('never passes twice unflagged, however many come at once through however many processes', async () => {
    for (let round = 0; round < 15; round += 1) {
      const ids = await Promise.all(
        Array.from({ length: 4 }, (_, n) =>
          accepted(router(n), 'shopify', shopifyWebhook(`race-${round}-${n}`, 'orders/create', { id: 1_000 + round })),
        ),
      );
      const events = await Promise.all(ids.map(eventOf));
      const unflagged = events.filter(({ suspectedReplayOf }) => suspectedReplayOf === null);
      expect(unflagged).toHaveLength(1);
      const firsts = new Set(events.map(({ suspectedReplayOf }) => suspectedReplayOf).filter((id) => id !== null));
      expect([...firsts]).toEqual([unflagged[0]?.id]);
    }
  });

  it('is found among others in one commit, and one id that comes twice at once counts once', async () => {
    const { current } = router().app.get(TopologyStore);
    const source = current.sources.get('shopify') as Source;
    const prepared = (id: string): NewEvent[] => {
      const { headers, body } = shopifyWebhook(id, 'orders/create', { id: 6 });
      return prepareEvents(current, source, {
        method: 'POST',
        headers,
        repeated: new Set(),
        body,
        receivedAt: new Date(),
      });
    };
    const store = router().app.get(EventStore);
    const other = router(1).app.get(EventStore);
    const recorded = await Promise.all([
      store.record(prepared('batch-1')),
      ...Array.from({ length: 8 }, (_, n) => store.record(prepared(`batch-${n + 2}`))),
      ...Array.from({ length: 8 }, () => other.record(prepared('batch-1'))),
    ]);
    const all = recorded.flat();
    const taken = all.filter(({ status }) => status === 'accepted');
    expect(taken).toHaveLength(9);
    expect(taken.filter(({ suspectedReplayOf }) => suspectedReplayOf === undefined)).toHaveLength(1);
    expect(taken.filter(({ heldAsReplay }) => heldAsReplay)).toHaveLength(4);
  });

  it('is no suspect any more when its window is over; and what is over is swept', async () => {
    await take('shopify', 'late-1', { id: 7 });
    await database.pool.query(`UPDATE hookyard.body_sighting SET window_ends_at = now() - interval '1 s'`);
    const later = await take('shopify', 'late-2', { id: 7 });
    expect(later.suspectedReplayOf).toBeNull();
    expect((await take('shopify', 'late-3', { id: 7 })).suspectedReplayOf).toBe(later.id);
    const sweeper = router().app.get(SightingStore);
    await Promise.all([sweeper.sweep(), sweeper.sweep()]);
    await sweeper.sweep();
    const { rows } = await database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM hookyard.body_sighting');
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('costs nothing where the id is signed: nothing is remembered, and the statement is another', async () => {
    await database.pool.query('DELETE FROM hookyard.body_sighting');
    await accepted(router(), 'stripe', stripeWebhook('evt_signed'));
    const { rows } = await database.pool.query('SELECT 1 FROM hookyard.body_sighting');
    expect(rows).toEqual([]);
    const { current } = router().app.get(TopologyStore);
    const { headers, body } = stripeWebhook('evt_plain');
    const inbound = { method: 'POST', headers, repeated: new Set<string>(), body, receivedAt: new Date() };
    const [event] = prepareEvents(current, current.sources.get('stripe') as Source, inbound);
    expect([event?.sighting, event?.refusal]).toEqual([undefined, undefined]);
  });

  it('is told apart by type, tenant and body, and by nothing else', () => {
    const of = (type: string, tenant: string | undefined, body: string) =>
      sightingOf(
        { type, tenant, bodySha256: Buffer.from(body), externalId: newId() } as NewEvent['normalised'],
        'auto',
        1,
      ).fingerprint;
    expect(of('a', 'b', 'c')).toBe(of('a', 'b', 'c'));
    expect(new Set([of('a', 'b', 'c'), of('ab', '', 'c'), of('a', undefined, 'c'), of('a', 'b', 'd')]).size).toBe(4);
  });
});
