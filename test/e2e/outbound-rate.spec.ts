import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const LIMIT = 12;
const WINDOW_MS = 2_000;

/** Enforces a limit per window, as a real API does: counts, tells, and refuses what is too much. */
class LimitedApi {
  refused = 0;
  taken = 0;
  private windowEndsAt = 0;
  private left = 0;

  answer(response: ServerResponse): void {
    const now = Date.now();
    if (now >= this.windowEndsAt) [this.windowEndsAt, this.left] = [now + WINDOW_MS, LIMIT];
    const isTaken = this.left > 0;
    if (isTaken) this.left -= 1;
    if (isTaken) this.taken += 1;
    else this.refused += 1;
    const seconds = Math.max(1, Math.ceil((this.windowEndsAt - now) / 1_000));
    response.writeHead(isTaken ? 200 : 429, {
      'ratelimit-policy': `"burst";q=${LIMIT};w=${WINDOW_MS / 1_000}`,
      ratelimit: `"burst";r=${this.left};t=${seconds}`,
    });
    response.end();
  }
}

describe('a destination that tells its rate limit', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    const names = ['limited', 'liar', 'spent'];
    const to = (name: string): string =>
      `  - { name: ${name}, url: "${receiver.url}/${name}", allowPrivateNetwork: true, limits: { concurrency: 2 } }`;
    router = await startRouter({
      databaseUrl: database.url,
      yaml: `destinations:\n${names.map(to).join('\n')}\nroutes:\n${names.map((name) => `  - { source: stripe, types: [${name}], to: ${name} }`).join('\n')}\n`,
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('gets everything, and hardly ever has to refuse', async () => {
    const api = new LimitedApi();
    receiver.answer = (_, response) => api.answer(response);
    const ids: string[] = [];
    for (let n = 0; n < 30; n += 1)
      ids.push(await accepted(router, 'stripe', stripeWebhook(`evt_limited_${n}`, 'limited')));
    for (const id of ids)
      expect(await settledDelivery(router, id, 'limited', 40_000)).toMatchObject({ status: 'delivered' });
    expect(api.taken).toBe(30);
    // Without heed every window's end is met at full speed. What is under way when the first word comes may be too much once.
    expect(api.refused).toBeLessThanOrEqual(3);
  });

  it('shows what it said, and what its deliveries wait for', async () => {
    receiver.answer = (_, response) =>
      response
        .writeHead(200, { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '250' })
        .end();
    await settledDelivery(router, await accepted(router, 'stripe', stripeWebhook('evt_spent_1', 'spent')), 'spent');
    await accepted(router, 'stripe', stripeWebhook('evt_spent_2', 'spent'));
    const { data } = await router.api<{ data: { waitingFor: string; destination: string }[] }>(
      '/deliveries?destination=spent&status=pending',
    );
    expect(data).toMatchObject([{ destination: 'spent', waitingFor: 'rate' }]);
    const { data: shown } = await router.api<{ data: { name: string; rateLimit: { until: string } | null }[] }>(
      '/destinations',
    );
    const own = shown.find(({ name }) => name === 'spent');
    expect(own).toMatchObject({ rateLimit: { limit: 60, remaining: 0 } });
    const until = Date.parse(own?.rateLimit?.until ?? '') - Date.now();
    expect(until).toBeGreaterThan(200_000);
    expect(until).toBeLessThan(260_000);
  });

  it('and lies about it is not stopped for longer than five minutes, whatever it says', async () => {
    receiver.answer = (_, response) =>
      response.writeHead(200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '99999999' }).end();
    await settledDelivery(router, await accepted(router, 'stripe', stripeWebhook('evt_liar_1', 'liar')), 'liar');
    const { rows } = await database.pool.query<{ ms: number }>(
      `SELECT (extract(epoch FROM g.quota_until - clock_timestamp()) * 1000)::float8 AS ms
       FROM hookyard.destination_gate g JOIN hookyard.destination d ON d.id = g.destination_id WHERE d.name = 'liar'`,
    );
    expect(rows[0]?.ms).toBeLessThanOrEqual(300_000);
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_liar_2', 'liar'));
    // The clock is moved instead of waiting for it.
    await database.pool.query(`UPDATE hookyard.destination_gate SET quota_until = quota_until - interval '5 minutes'`);
    receiver.answer = 200;
    await until('it goes out', () => receiver.countById.has(eventId));
  });
});
