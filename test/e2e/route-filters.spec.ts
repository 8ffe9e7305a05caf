import { Injectable, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { WebhookHandler, type WebhookEvent } from '../../src/delivery/handlers/webhook-handler.js';
import { accepted, deliveryTo, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, startRouter, type RouterSettings, type TestRouter } from '../support/router.js';
import { shopifyWebhook, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(40_000);

const handled: string[] = [];

@Injectable()
class LargeOrders {
  @WebhookHandler({ name: 'large-orders', sourceType: 'shopify', filter: { 'data.total': { $gte: 1_000 } } })
  take(event: WebhookEvent<{ id: string }>): void {
    handled.push(String(event.data.id));
  }
}

@Module({ providers: [LargeOrders] })
class OrdersModule {}

interface Routing {
  revision: string;
  routes: { routeId: number; destination: string; verdict: string; condition?: string; reason?: string }[];
  more: number;
  otherSources: number;
}

describe('a route with a filter', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  const routers: TestRouter[] = [];

  const start = async (routes: string, options?: RouterSettings['options']): Promise<TestRouter> => {
    const destination = (name: string): string =>
      `  - { name: ${name}, url: "${receiver.url}", allowPrivateNetwork: true }\n`;
    const yaml = `destinations:\n${['one', 'two'].map(destination).join('')}routes:\n${routes}`;
    const router = await startRouter({ databaseUrl: database.url, yaml, ...(options ? { options } : {}) });
    routers.push(router);
    return router;
  };
  const stop = async (): Promise<void> => {
    for (const router of routers.splice(0)) await router.close();
  };
  const eventOf = async (router: TestRouter, id: string) =>
    (await router.api<{ data: { deliveries: { destination: string }[]; routing: Routing } }>(`/events/${id}`)).data;
  const destinationsOf = async (router: TestRouter, id: string): Promise<string[]> =>
    (await eventOf(router, id)).deliveries.map(({ destination }) => destination);

  beforeEach(async () => {
    handled.length = 0;
    database = await createTestDatabase();
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await stop();
    await receiver.stop();
    await database.drop();
  });

  it('sends only what it takes, and knows 64-bit ids to the last digit', async () => {
    const router = await start(`
  - { source: shopify, to: one, filter: { data.id: "704912205188288575" } }
  - { source: shopify, to: two, filter: { data.note: { $regex: "^gift", $options: i }, headers.X-Shopify-Topic: orders/create } }
`);
    const webhook = (webhookId: string, id: string, note: string) =>
      shopifyWebhook(webhookId, 'orders/create', `{"id": ${id}, "note": "${note}"}`);
    const exact = await accepted(router, 'shopify', webhook('f-1', '704912205188288575', ''));
    const near = await accepted(router, 'shopify', webhook('f-2', '704912205188288576', 'Gift for you'));
    const nothing = await accepted(router, 'shopify', webhook('f-3', '1', 'no gift'));
    expect(await destinationsOf(router, exact)).toEqual(['one']);
    expect(await destinationsOf(router, near)).toEqual(['two']);
    expect(await destinationsOf(router, nothing)).toEqual([]);
    expect((await settledDelivery(router, exact, 'one')).status).toBe('delivered');
    expect((await settledDelivery(router, near, 'two')).status).toBe('delivered');
  });

  it('that cannot be answered leaves a dead letter that says so, and takes nothing from the others', async () => {
    const router = await start(`
  - { source: stripe, to: one, filter: { data.data.object.text: { $regex: "[ab]{20}c" } } }
  - { source: stripe, to: two }
`);
    const text = 'a'.repeat(200_000);
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_large', 'invoice.paid', { data: { text } }));
    expect((await settledDelivery(router, eventId, 'two')).status).toBe('delivered');
    expect(await deliveryTo(router, eventId, 'one')).toMatchObject({
      status: 'dead',
      deadReason: 'filter_failed',
      lastErrorClass: 'FILTER_FAILED',
      attempts: 0,
    });
    const { routing } = await eventOf(router, eventId);
    expect(routing.routes).toMatchObject([
      { destination: 'one', verdict: 'filter_failed', reason: 'the event is too large for this filter' },
      { destination: 'two', verdict: 'match' },
    ]);
    expect(receiver.received).toHaveLength(1);
  });

  it('is asked again by a replay, of the body as it is stored', async () => {
    const first = await start('  - { source: shopify, to: one }\n');
    const eventId = await accepted(
      first,
      'shopify',
      shopifyWebhook('r-1', 'orders/create', '{"id": 704912205188288575}'),
    );
    await settledDelivery(first, eventId, 'one');
    await stop();
    const second = await start(`
  - { source: shopify, to: one, filter: { data.id: "704912205188288576" } }
  - { source: shopify, to: two, filter: { data.id: "704912205188288575", headers.x-shopify-topic: orders/create } }
`);
    const answer = await request(`${second.managementUrl}/api/v1/events/${eventId}/replay`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect([answer.statusCode, await answer.body.json()]).toMatchObject([expect.any(Number), { status: 'ok' }]);
    expect((await settledDelivery(second, eventId, 'two')).status).toBe('delivered');
    expect((await destinationsOf(second, eventId)).toSorted()).toEqual(['one', 'two']);
  });

  it('of a handler keeps from it what it does not want', async () => {
    const router = await start('', { imports: [OrdersModule] });
    await accepted(router, 'shopify', shopifyWebhook('h-1', 'orders/create', { id: 1, total: 999 }));
    const large = await accepted(router, 'shopify', shopifyWebhook('h-2', 'orders/create', { id: 2, total: 1_000 }));
    await settledDelivery(router, large, 'large-orders');
    expect(handled).toEqual(['2']);
  });
});

describe('why an event went nowhere', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const routes = (...lines: string[]): string =>
    `destinations:\n  - { name: one, url: "https://one.test" }\nroutes:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
  const routingOf = async (router: TestRouter, id: string): Promise<Routing> =>
    (await router.api<{ data: { routing: Routing } }>(`/events/${id}`)).data.routing;

  it('is told by its event: which routes looked, and why each said no', async () => {
    const yaml = routes(
      '{ source: stripe, types: ["customer.*"], to: one }',
      '{ sourceType: stripe, to: one, filter: { livemode: true, data.data.object.amount: { $gt: 5 } } }',
      '{ source: stripe, to: one, filter: { data.data.object.currency: eur } }',
      '{ source: shopify, to: one }',
    );
    const router = await startRouter({ databaseUrl: database.url, yaml });
    const id = await accepted(
      router,
      'stripe',
      stripeWebhook('evt_nowhere', 'invoice.paid', { data: { currency: 'nok' } }),
    );
    const routing = await routingOf(router, id);
    expect(routing).toMatchObject({
      routes: [
        { destination: 'one', verdict: 'type', types: ['customer.*'], source: 'stripe' },
        { verdict: 'filter', condition: expect.stringMatching(/^(livemode|data\.data\.object\.amount\.\$gt)$/) },
        { verdict: 'filter', condition: 'data.data.object.currency' },
      ],
      more: 0,
      otherSources: 1,
    });
    await router.close();
  });

  it('stays as it was then when the routes change, and says when it cannot be told any more', async () => {
    const before = await startRouter({
      databaseUrl: database.url,
      yaml: routes('{ source: stripe, to: one, filter: { data.data.object.currency: eur } }'),
    });
    const webhook = stripeWebhook('evt_then', 'invoice.paid', { data: { currency: 'nok' } });
    const id = await accepted(before, 'stripe', webhook);
    const then = await routingOf(before, id);
    await before.close();

    const after = await startRouter({
      databaseUrl: database.url,
      yaml: routes(
        '{ source: stripe, to: one, filter: { data.data.object.currency: nok } }',
        '{ source: shopify, to: one }',
      ),
    });
    expect(await routingOf(after, id)).toEqual(then);
    const next = await accepted(
      after,
      'stripe',
      stripeWebhook('evt_now', 'invoice.paid', { data: { currency: 'nok' } }),
    );
    const now = await routingOf(after, next);
    expect(now).toMatchObject({ routes: [{ verdict: 'match' }], otherSources: 1 });
    expect(Number(now.revision)).toBeGreaterThan(Number(then.revision));

    await database.pool.query('DELETE FROM hookyard.body');
    await until('the answer is unknown', async () => (await routingOf(after, id)).routes[0]?.verdict === 'unknown');
    await after.close();
  });
});
