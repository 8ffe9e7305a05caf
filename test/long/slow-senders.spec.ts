import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RawConnection, requestBytes } from '../support/raw-http.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(90_000);

const SLOW = 200;
const DRIP_EVERY_MS = 500;

describe('200 senders that drip a body without end', () => {
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

  it('are cut off within 40 s, hold nobody else up meanwhile, and leave no event', async () => {
    const connections = await Promise.all(Array.from({ length: SLOW }, () => RawConnection.open(router.url)));
    for (const connection of connections) {
      connection.write(requestBytes('/webhooks/stripe', [['Transfer-Encoding', 'chunked']]));
    }
    const drip = setInterval(() => connections.forEach((connection) => connection.write('1\r\nx\r\n')), DRIP_EVERY_MS);
    let served = 0;
    const cutOff = Promise.all(connections.map((connection) => connection.ended(40_000)));
    let isOver = false;
    cutOff.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    while (!isOver) {
      const startedAt = performance.now();
      const answer = await send(router.ingress('stripe'), stripeWebhook(`evt_quick_${served}`));
      expect(answer.status).toBe(200);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      served += 1;
      await new Promise((resolve) => setTimeout(resolve, DRIP_EVERY_MS));
    }
    clearInterval(drip);
    await cutOff;
    for (const connection of connections) connection.close();
    const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM hookyard.event');
    expect(rows).toEqual([{ n: served }]);
  });
});
