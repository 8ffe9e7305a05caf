import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { backends } from '../support/backends.js';
import { balance, NOTHING_LOST, quiescence } from '../support/ledger.js';
import { Load } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml } from '../support/router.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

/** Leases of 7 s, so that what a killed process held comes back soon enough for a test. */
const POLICY = 'timeout: 1s, retry: { schedule: [200ms, 500ms, 1s, 1s, 1s] }';
const KILLS = 5;

describe.each(backends)('with the queue on %s', (backend, redisUrl) => {
  let database: TestDatabase;
  let receiver: Receiver;
  let routers: SpawnedRouter[];
  let load: Load;

  beforeEach(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    // A destination takes its time, so that kills fall into the middle of sends.
    receiver.answer = (_, response) => void setTimeout(() => response.writeHead(200).end('ok'), 5 + Math.random() * 25);
    routers = [];
    load = new Load('kill', () =>
      routers
        .filter(({ isUp }) => isUp)
        .map((router) => router.ingress('stripe'))
        .concat(routers[0]?.ingress('stripe') ?? []),
    );
  });
  afterEach(async () => {
    await load.stop();
    await Promise.all(routers.map((router) => router.remove()));
    await receiver.stop();
    await database.drop();
  });
  const start = async (): Promise<SpawnedRouter> => {
    const router = await SpawnedRouter.start({
      databaseUrl: database.url,
      redisUrl,
      yaml: destinationYaml('inbox', receiver.url, POLICY),
    });
    routers.push(router);
    return router;
  };

  it(`keeps and delivers every acknowledged event when the process is killed ${KILLS} times under load, none stored twice`, async () => {
    const router = await start();
    load.start(8, 20);
    const recoveries: number[] = [];
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const before = load.acked.size;
      await until('some are acknowledged', () => load.acked.size > before + 100);
      // Not in step with anything.
      await sleep(Math.random() * 100);
      await router.end('SIGKILL');
      const received = receiver.received.length;
      await router.launch();
      const upAt = performance.now();
      await until('deliveries go on', () => receiver.received.length > received);
      recoveries.push(performance.now() - upAt);
    }
    await load.stop();
    const stoppedAt = performance.now();
    await quiescence(database.pool);
    const found = await balance(load, database.pool, receiver);
    print(`kill -9, ${backend} queue`, {
      kills: KILLS,
      ...found,
      duplicatesPerKill: found.duplicates / KILLS,
      firstDeliveryAfterReadyMs: recoveries.map(Math.round),
      allSettledAfterLoadMs: Math.round(performance.now() - stoppedAt),
      answers: Object.fromEntries(load.answers),
    });
    expect(found).toMatchObject(NOTHING_LOST);
    expect(found.acked).toBeGreaterThan(KILLS * 100);
    // What was under way at a kill may come twice; what was not must not.
    expect(found.duplicates).toBeLessThanOrEqual(KILLS * 20);
  }, 90_000);

  it('goes on delivering when one of two processes is killed, and brings back what the killed one held', async () => {
    await start();
    const victim = await start();
    load.start(8, 20);
    await until('some are acknowledged', () => load.acked.size > 200);
    await victim.end('SIGKILL');
    const killedAt = performance.now();
    const received = receiver.received.length;
    await until('the other one goes on', () => receiver.received.length > received + 50);
    const goesOnMs = performance.now() - killedAt;
    await until('more are acknowledged', () => load.acked.size > 500);
    await load.stop();
    await quiescence(database.pool);
    const found = await balance(load, database.pool, receiver);
    print(`one of two killed, ${backend} queue`, {
      ...found,
      goesOnMs: Math.round(goesOnMs),
      allSettledAfterKillMs: Math.round(performance.now() - killedAt),
    });
    expect(found).toMatchObject(NOTHING_LOST);
    expect(found.duplicates).toBeLessThanOrEqual(20);
    expect(routers[0]?.complaints).toEqual([]);
  }, 60_000);
});

/** The figures are part of what is proved: how often a crash makes a destination see a delivery twice. */
function print(what: string, figures: object): void {
  process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`);
}
