import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { accepted, deliveryTo, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

interface Gate {
  state: 'open' | 'closed';
  cooldown_ms: number | null;
  level: number;
  probed: string | null;
  ramp: number | null;
}

describe('a destination’s breaker', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let healthy: Receiver;
  let router: TestRouter;
  let failing: boolean;

  beforeEach(async () => {
    database = await createTestDatabase();
    [receiver, healthy] = await Promise.all([Receiver.start(), Receiver.start()]);
    failing = true;
    receiver.answer = (_, response) => response.writeHead(failing ? 500 : 200).end();
    const retry = 'retry: { exponential: { base: 50ms, factor: 1, attempts: 30 }, jitter: 0 }';
    router = await startRouter({
      databaseUrl: database.url,
      yaml: `destinations:
  - { name: sick, url: "${receiver.url}", allowPrivateNetwork: true, ${retry}, breaker: { failures: 5, cooldown: 1s, maxCooldown: 10s } }
  - { name: healthy, url: "${healthy.url}", allowPrivateNetwork: true }
routes:
  - { sourceType: stripe, types: ["sick"], to: sick }
  - { sourceType: stripe, types: ["healthy"], to: healthy }
`,
    });
  });
  afterEach(async () => {
    await router.close();
    await Promise.all([receiver.stop(), healthy.stop()]);
    await database.drop();
  });
  const begin = (n: number, type = 'sick'): Promise<string> =>
    accepted(router, 'stripe', stripeWebhook(`evt_${type}_${n}`, type));
  const gate = async (): Promise<Gate> => {
    const { rows } = await database.pool.query<Gate>(
      `SELECT g.breaker_state AS state, extract(epoch FROM g.opened_until - clock_timestamp())::float8 * 1000 AS cooldown_ms,
         g.cooldown_level AS level, g.last_probed_delivery_id::text AS probed, g.ramp_slots AS ramp
       FROM hookyard.destination_gate g JOIN hookyard.destination d ON d.id = g.destination_id WHERE d.name = 'sick'`,
    );
    return rows[0] as Gate;
  };
  const attemptsSoFar = async (ids: readonly string[]): Promise<number[]> =>
    Promise.all(ids.map(async (id) => (await deliveryTo(router, id, 'sick')).attempts));
  const opened = (level: number): Promise<Gate> =>
    until(`the breaker is open at level ${level}`, async () => {
      const now = await gate();
      return now.state === 'open' && now.level === level ? now : undefined;
    });

  it('opens after five failures over three deliveries; while it is open nothing is sent and no attempt used', async () => {
    const ids = await Promise.all([1, 2, 3].map((n) => begin(n)));
    expect((await opened(0)).cooldown_ms).toBeGreaterThan(500);
    // What was under way when it opened has come back.
    await until('nothing is under way', async () =>
      (await Promise.all(ids.map((id) => deliveryTo(router, id, 'sick')))).every(({ status }) => status === 'pending'),
    );
    const [sent, attempts] = [receiver.received.length, await attemptsSoFar(ids)];
    expect(sent).toBeGreaterThanOrEqual(5);
    expect(sent).toBeLessThanOrEqual(8);
    const late = await begin(4);
    expect(await deliveryTo(router, late, 'sick')).toMatchObject({
      status: 'pending',
      waitingFor: 'breaker',
      attempts: 0,
    });
    // Long enough for several rounds of retries, by another destination's clock.
    await settledDelivery(router, await begin(1, 'healthy'), 'healthy');
    await until('the cooldown is nearly over', async () => ((await gate()).cooldown_ms ?? 0) < 150);
    expect(receiver.received.length).toBe(sent);
    expect(await attemptsSoFar(ids)).toEqual(attempts);
  });

  it('lets exactly one probe through after the cooldown; a failed one doubles it, uses no attempt, and the next probe is another delivery', async () => {
    const ids = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => begin(n)));
    await opened(0);
    const sent = await until('nothing is under way', async () => {
      const { rows } = await database.pool.query(`SELECT 1 FROM hookyard.delivery WHERE status = 'claimed'`);
      return rows.length === 0 ? receiver.received.length : undefined;
    });
    const first = await opened(1);
    expect(receiver.received.length).toBe(sent + 1);
    expect(first.cooldown_ms).toBeGreaterThan(1_500);
    // The gate moves first, then the result is written.
    const probes = await until('the probe is recorded', async () => {
      const { rows } = await database.pool.query<{ counts: boolean; id: string }>(
        `SELECT d.id, d.attempts - d.round_attempts = 1 AS counts FROM hookyard.delivery d JOIN hookyard.attempt a ON a.delivery_id = d.id WHERE a.is_probe`,
      );
      return rows.length > 0 ? rows : undefined;
    });
    expect(probes).toEqual([{ id: first.probed, counts: true }]);
    const second = await opened(2);
    expect(receiver.received.length).toBe(sent + 2);
    expect(second.cooldown_ms).toBeGreaterThan(3_500);
    expect(second.probed).not.toBe(first.probed);
    expect(ids).toHaveLength(6);
  }, 15_000);

  it('closes when a probe succeeds, and the backlog drains, from one slot upwards', async () => {
    const ids = await Promise.all([1, 2, 3].map((n) => begin(n)));
    await opened(0);
    const later = await Promise.all(Array.from({ length: 30 }, (_, n) => begin(n + 10)));
    failing = false;
    let atOnce = 0;
    const peaks: number[] = [];
    receiver.received.length = 0;
    receiver.answer = (_, response) => {
      atOnce += 1;
      peaks.push(atOnce);
      setTimeout(() => {
        atOnce -= 1;
        response.writeHead(200).end();
      }, 30);
    };
    const settled = await Promise.all([...ids, ...later].map((id) => settledDelivery(router, id, 'sick')));
    expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['delivered']));
    expect(receiver.received.length).toBe(33);
    expect((await gate()).state).toBe('closed');
    // The probe, then one, then two: never the whole backlog at once on a destination that has just come back.
    expect(peaks.slice(0, 2)).toEqual([1, 1]);
    expect(Math.max(...peaks.slice(0, 4))).toBeLessThanOrEqual(2);
    expect(Math.max(...peaks)).toBeGreaterThan(2);
  }, 15_000);

  it('does not open on one delivery’s own retries: a poison webhook is no dead destination', async () => {
    const poison = await begin(1);
    await until('it has failed often', async () => (await deliveryTo(router, poison, 'sick')).attempts >= 8);
    expect((await gate()).state).toBe('closed');
    failing = false;
    await settledDelivery(router, poison, 'sick');
  });

  it('leaves other destinations alone', async () => {
    await Promise.all([1, 2, 3].map((n) => begin(n)));
    await opened(0);
    expect(await settledDelivery(router, await begin(1, 'healthy'), 'healthy')).toMatchObject({
      status: 'delivered',
      attempts: 1,
    });
  });
});
