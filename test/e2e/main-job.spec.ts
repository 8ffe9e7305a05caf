import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, shopifyWebhook, stripeWebhook, telegramWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const backends: [string, string | undefined][] = [['Postgres', undefined]];
if (process.env['TEST_REDIS_URL']) backends.push(['Redis', process.env['TEST_REDIS_URL']]);

describe.each(backends)('with the queue on %s, the main job', (_name, redisUrl) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({ databaseUrl: database.url, redisUrl, yaml: destinationYaml('inbox', receiver.url) });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('delivers a webhook of each of the three senders', async () => {
    const answers = await Promise.all([
      send(router.ingress('stripe'), stripeWebhook('evt_main_1')),
      send(router.ingress('shopify'), shopifyWebhook('wh_main_1')),
      send(router.ingress('telegram'), telegramWebhook(1001)),
    ]);
    expect(answers.map(({ status, json }) => [status, json?.status])).toEqual(Array(3).fill([200, 'accepted']));
    await until('three deliveries', () => receiver.received.length === 3);
    const types = receiver.received.map(({ body }) => (JSON.parse(body.toString()) as { type: string }).type).sort();
    expect(types).toEqual(['shopify.orders/create', 'stripe.invoice.paid', 'telegram.message']);
    await until('three settled', async () => (await router.api('/deliveries?status=delivered')).data.length === 3);
  });

  it('turns 1,000 identical requests at once into one event and one delivery, with no 5xx', async () => {
    receiver.received.length = 0;
    const webhook = stripeWebhook('evt_storm');
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => send(router.ingress('stripe'), webhook)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ json }) => json?.id)).size).toBe(1);
    expect(answers.filter(({ json }) => json?.status === 'accepted')).toHaveLength(1);
    const { data } = await router.api('/events?externalId=evt_storm');
    expect(data).toHaveLength(1);
    await until('the delivery', () => receiver.received.length > 0);
    const again = await send(router.ingress('stripe'), webhook);
    expect(again.json?.status).toBe('duplicate');
    const { rows } = await database.pool.query(
      'SELECT count(*)::int AS n FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id WHERE e.external_id = $1',
      ['evt_storm'],
    );
    expect(rows[0]).toEqual({ n: 1 });
    expect(receiver.received).toHaveLength(1);
  });
});
