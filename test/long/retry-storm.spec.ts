import { afterEach, describe, expect, it } from '@jest/globals';
import { backends } from '../support/backends.js';
import { Receiver } from '../support/receiver.js';
import { send, stripeWebhook } from '../support/senders.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const DELIVERIES = 1_500;
/** Several, because so many failures running would open a breaker; that is another test's business. */
const DESTINATIONS = 5;
const FAILURES = 3;
/** What says that something went wrong inside and was noticed. */
const TROUBLE = ['relay.failed', 'settle.failed', 'batch.failed', 'attempt.failed', 'gate.failed', 'intake.failed'];

describe.each(backends)('with the queue on %s and three processes', (_name, redisUrl) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let routers: SpawnedRouter[] = [];
  afterEach(async () => {
    await Promise.all(routers.map((router) => router.remove()));
    await receiver.stop();
    await database.drop();
  }, 60_000);

  it('1,500 deliveries that each fail three times are each delivered once, and no deadlock surfaces', async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    receiver.answer = ({ headers }, response) =>
      response.writeHead(Number(headers['hookyard-attempt']) > FAILURES ? 200 : 500).end();
    const names = Array.from({ length: DESTINATIONS }, (_, n) => `shaky-${n}`);
    const policy =
      'retry: { exponential: { base: 20ms, factor: 1, attempts: 10 }, jitter: 0 }, breaker: { failures: 1000 }';
    const yaml = `destinations:
${names.map((name) => `  - { name: ${name}, url: "${receiver.url}", allowPrivateNetwork: true, ${policy} }`).join('\n')}
routes:
${names.map((name) => `  - { sourceType: stripe, types: ["${name}"], to: ${name} }`).join('\n')}
`;
    const settings = { databaseUrl: database.url, redisUrl, yaml };
    routers = [await SpawnedRouter.start(settings)];
    routers.push(...(await Promise.all([1, 2].map(() => SpawnedRouter.start(settings)))));

    let next = 0;
    const sender = async (): Promise<void> => {
      for (let n = next++; n < DELIVERIES; n = next++) {
        const webhook = stripeWebhook(`evt_storm_${n}`, names[n % DESTINATIONS]);
        const { status } = await send((routers[n % 3] as SpawnedRouter).ingress('stripe'), webhook);
        if (status !== 200) throw new Error(`answered ${status}`);
      }
    };
    await Promise.all(Array.from({ length: 30 }, sender));
    await until(
      'all are settled',
      async () => {
        const { rows } = await database.pool.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM hookyard.delivery WHERE settled_at IS NOT NULL`,
        );
        return rows[0]?.n === DELIVERIES;
      },
      90_000,
    );

    const { rows } = await database.pool.query<{ status: string; attempts: number; n: number }>(
      'SELECT status, attempts, count(*)::int AS n FROM hookyard.delivery GROUP BY 1, 2',
    );
    expect(rows).toEqual([{ status: 'delivered', attempts: FAILURES + 1, n: DELIVERIES }]);
    // What the destination saw: each event four times, no attempt of it twice.
    const seen = receiver.received.map(
      ({ headers }) => `${String(headers['webhook-id'])} ${String(headers['hookyard-attempt'])}`,
    );
    expect(seen).toHaveLength(DELIVERIES * (FAILURES + 1));
    expect(new Set(seen).size).toBe(seen.length);
    expect(new Set(receiver.countById.values())).toEqual(new Set([FAILURES + 1]));
    const deadlocks = await database.pool.query<{ n: number }>(
      'SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(deadlocks.rows).toEqual([{ n: 0 }]);
    const lines = routers.flatMap((router) => router.lines);
    expect(lines.filter(({ event, stderr }) => stderr !== undefined || TROUBLE.includes(String(event)))).toEqual([]);
    const runners = await database.pool.query('SELECT DISTINCT runner FROM hookyard.attempt');
    expect(runners.rows.length).toBe(3);
  }, 150_000);
});
