import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { backends } from '../support/backends.js';
import { balance, NOTHING_LOST, quiescence } from '../support/ledger.js';
import { Load } from '../support/load.js';
import { startOwnPostgres, type OwnPostgres } from '../support/own-postgres.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml } from '../support/router.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { until } from '../support/until.js';

const POLICY = 'timeout: 1s, retry: { schedule: [200ms, 500ms, 1s, 1s, 1s] }';
const RESTARTS = 3;

describe.each(backends)('with the queue on %s', (backend, redisUrl) => {
  let postgres: OwnPostgres;
  let receiver: Receiver;
  let router: SpawnedRouter;
  let load: Load;

  beforeAll(async () => {
    postgres = await startOwnPostgres();
  }, 30_000);
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    await postgres.pool.query('DROP SCHEMA IF EXISTS hookyard CASCADE');
    await postgres.pool.query('DROP SCHEMA IF EXISTS bullmq CASCADE');
    receiver = await Receiver.start();
    receiver.answer = (_, response) => void setTimeout(() => response.writeHead(200).end('ok'), Math.random() * 20);
    router = await SpawnedRouter.start({
      databaseUrl: postgres.url,
      redisUrl,
      yaml: destinationYaml('inbox', receiver.url, POLICY),
    });
    load = new Load('restart', () => [router.ingress('stripe')]);
  }, 30_000);
  afterEach(async () => {
    await load.stop();
    await router.remove();
    await receiver.stop();
  }, 30_000);

  it.each([
    ['killed (-9)', 'SIGKILL'],
    ['restarted (fast)', 'SIGINT'],
  ] as const)(
    `stays up, stores what it acknowledges and delivers it when Postgres is %s ${RESTARTS} times under load`,
    async (how, signal) => {
      const { pid } = router;
      load.start(8, 20);
      const awayMs: number[] = [];
      const ackAfterMs: number[] = [];
      const deliveryAfterMs: number[] = [];
      for (let n = 1; n <= RESTARTS; n += 1) {
        const before = load.acked.size;
        await until('some are acknowledged', () => load.acked.size > before + 100);
        await sleep(Math.random() * 100);
        const killedAt = performance.now();
        await postgres.kill(signal);
        const backAt = performance.now();
        awayMs.push(Math.round(backAt - killedAt));
        const [acked, received] = [load.acked.size, receiver.received.length];
        await Promise.all([
          until('webhooks are taken again', () => load.acked.size > acked).then(() =>
            ackAfterMs.push(Math.round(performance.now() - backAt)),
          ),
          until('deliveries go on', () => receiver.received.length > received).then(() =>
            deliveryAfterMs.push(Math.round(performance.now() - backAt)),
          ),
        ]);
      }
      await load.stop();
      const stoppedAt = performance.now();
      await quiescence(postgres.pool);
      const found = await balance(load, postgres.pool, receiver);
      const figures = {
        ...found,
        awayMs,
        ackAfterMs,
        deliveryAfterMs,
        allSettledAfterLoadMs: Math.round(performance.now() - stoppedAt),
      };
      process.stdout.write(
        `Postgres ${how}, ${backend} queue: ${JSON.stringify({ ...figures, answers: Object.fromEntries(load.answers) })}\n`,
      );
      expect(found).toMatchObject(NOTHING_LOST);
      expect(found.duplicates).toBeLessThanOrEqual(RESTARTS * 20);
      expect({ pid: router.pid, isUp: router.isUp, complaints: router.complaints }).toEqual({
        pid,
        isUp: true,
        complaints: [],
      });
      // A sender is told to try again, never that all is well.
      expect([...load.answers.keys()].filter((answer) => !['accepted', 'duplicate', 'error'].includes(answer))).toEqual(
        [],
      );
      await until('it is ready', async () => (await request(`${router.url}/health/ready`)).statusCode === 200);
    },
    90_000,
  );
});
