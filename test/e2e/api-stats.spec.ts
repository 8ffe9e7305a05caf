import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { apiCall } from '../support/api-call.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('GET /stats', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({ databaseUrl: database.url, yaml: destinationYaml('inbox', receiver.url) });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it("counts what each source received and what became of each destination's deliveries", async () => {
    for (let n = 0; n < 3; n += 1) await send(router.ingress('stripe'), stripeWebhook(`evt_counted_${n}`));
    await send(router.ingress('stripe'), stripeWebhook('evt_counted_0'));
    await send(router.ingress('stripe'), stripeWebhook('evt_counted_1', 'invoice.paid', { data: { other: 'body' } }));
    const stats = async (query = '') => (await apiCall(router.managementUrl, 'GET', `/stats${query}`)).body.data;
    await until('all are delivered', async () => {
      const [inbox] = (await stats())['destinations'] as { delivered: number }[];
      return inbox?.delivered === 3;
    });
    expect(await stats()).toEqual({
      sources: [
        { source: 'shopify', received: 0, conflicts: 0 },
        { source: 'stripe', received: 3, conflicts: 1 },
        { source: 'telegram', received: 0, conflicts: 0 },
      ],
      destinations: [
        { destination: 'inbox', pending: 0, claimed: 0, held: 0, delivered: 3, dead: 0, cancelled: 0, superseded: 0 },
      ],
      searchLagMs: expect.any(Number),
    });
    expect((await stats('?to=2026-01-01T00:00:00Z'))['sources']).toContainEqual({
      source: 'stripe',
      received: 0,
      conflicts: 0,
    });
  });
});
