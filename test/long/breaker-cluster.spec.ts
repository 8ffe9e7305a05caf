import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, stripeWebhook } from '../support/senders.js';
import { destinationAt } from '../support/operator.js';
import { Receiver } from '../support/receiver.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const DELIVERIES = 40;

/** Three processes that know nothing of each other but the database, and a destination that is down. */
describe('the breaker of a destination, with three processes that all work on it', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let routers: SpawnedRouter[];

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    receiver.answer = 500;
    const retry = 'retry: { exponential: { base: 20ms, factor: 1, attempts: 100 }, jitter: 0 }';
    const yaml = `destinations:
  - name: sick
    url: "${receiver.url}"
    allowPrivateNetwork: true
    ${retry}
    breaker: { failures: 5, cooldown: 1s, maxCooldown: 2s }
    limits: { concurrency: 6 }
routes:
  - { sourceType: stripe, to: sick }
`;
    routers = [await SpawnedRouter.start({ databaseUrl: database.url, yaml })];
    const others = [1, 2].map(() => SpawnedRouter.start({ databaseUrl: database.url, yaml }));
    routers.push(...(await Promise.all(others)));
  }, 60_000);
  afterAll(async () => {
    await Promise.all(routers.map((router) => router.remove()));
    await receiver.stop();
    await database.drop();
  }, 30_000);

  /** `probes`: attempts behind the open breaker; `runners`: processes that made any. */
  const attempts = async (): Promise<{ all: number; probes: number; counted: number; runners: number }> => {
    const { rows } = await database.pool.query<{ all: number; probes: number; counted: number; runners: number }>(
      `SELECT count(*)::int AS all, (count(*) FILTER (WHERE is_probe))::int AS probes, count(DISTINCT runner)::int AS runners,
         (SELECT coalesce(sum(round_attempts), 0)::int FROM hookyard.delivery) AS counted FROM hookyard.attempt`,
    );
    return rows[0] as { all: number; probes: number; counted: number; runners: number };
  };
  const lines = (event: string): Record<string, unknown>[] =>
    routers.flatMap((router) => router.lines).filter((line) => line['event'] === event);
  const openAtLevel = (level: number): Promise<string> =>
    until(`the breaker has been probed ${level} times in vain`, async () => {
      const { rows } = await database.pool.query<{ probed: string | null }>(
        `SELECT coalesce(last_probed_delivery_id::text, 'none') AS probed FROM hookyard.destination_gate
         WHERE breaker_state = 'open' AND cooldown_level = $1
           AND NOT EXISTS (SELECT 1 FROM hookyard.delivery WHERE status = 'claimed')`,
        [level],
      );
      return rows[0]?.probed;
    });

  it('opens once in all, lets one request per cooldown through, uses no attempt meanwhile and loses nothing', async () => {
    const sent = await Promise.all(
      Array.from({ length: DELIVERIES }, (_, n) =>
        send((routers[n % 3] as SpawnedRouter).ingress('stripe'), stripeWebhook(`evt_${n}`)),
      ),
    );
    expect(sent.map(({ status }) => status)).toEqual(Array(DELIVERIES).fill(200));
    await openAtLevel(0);
    const opened = { received: receiver.received.length, ...(await attempts()) };
    // Five in a row, and what was under way when the fifth failed: no more than the destination's six slots.
    expect(opened.received).toBeGreaterThanOrEqual(5);
    expect(opened.received).toBeLessThanOrEqual(4 + 6);
    const probed: string[] = [];
    for (const level of [1, 2, 3]) {
      probed.push(await openAtLevel(level));
      expect(receiver.received.length).toBe(opened.received + level);
      expect(await attempts()).toMatchObject({ probes: level, counted: opened.counted });
    }
    // Never the same delivery twice running: one that is poison would keep the breaker open for all.
    expect(probed[1]).not.toBe(probed[0]);
    expect(probed[2]).not.toBe(probed[1]);
    const times = receiver.received.slice(opened.received).map(({ at }) => at);
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThanOrEqual(1_900);
    expect((times[2] as number) - (times[1] as number)).toBeGreaterThanOrEqual(1_900);
    expect(lines('breaker.opened')).toEqual([expect.objectContaining({ destination: 'sick', deliveries: 3 })]);
    // Of three processes' logs: in the order of the probes.
    const failedProbes = lines('breaker.probed').map(({ probes, cooldownMs }) => [Number(probes), cooldownMs] as const);
    expect(failedProbes.toSorted((a, b) => a[0] - b[0])).toEqual([
      [1, 2_000],
      [2, 2_000],
      [3, 2_000],
    ]);

    receiver.answer = 200;
    await until('all are delivered', async () => {
      const { rows } = await database.pool.query(`SELECT 1 FROM hookyard.delivery WHERE status <> 'delivered'`);
      return rows.length === 0;
    });
    expect((await destinationAt(routers[0] as SpawnedRouter, 'sick')).breaker).toMatchObject({
      state: 'closed',
      forced: false,
      failures: 0,
    });
    expect(lines('breaker.closed')).toEqual([expect.objectContaining({ destination: 'sick', probes: 4 })]);
    // Each event got exactly one 2xx.
    const { rows } = await database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM hookyard.attempt WHERE outcome = 'delivered'`,
    );
    expect(rows).toEqual([{ n: DELIVERIES }]);
    expect((await attempts()).runners).toBeGreaterThan(1);
  }, 60_000);
});
