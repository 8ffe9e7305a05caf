import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RawConnection, requestBytes } from '../support/raw-http.js';
import { send, telegramWebhook } from '../support/senders.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(180_000);

const SENDERS = 2_000;
const BODY_BYTES = 1_000_000;
const PIECE = 'x'.repeat(40_000);
const ROUNDS = 25;
const ROUND_MS = 500;
const MOST_MB = 400;
/** With three sources full, the fourth still has its quarter. */
const FLOODED = ['stripe', 'shopify', 'another'];
const ANOTHER = '  - { slug: another, type: stripe, secrets: ["whsec_another"] }\n';

/** Only Linux tells a process's memory in /proc. */
const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('2,000 senders that send a megabyte slowly', () => {
  let database: TestDatabase;
  let router: SpawnedRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await SpawnedRouter.start({ databaseUrl: database.url, yaml: ANOTHER });
  }, 60_000);
  afterAll(async () => {
    await router.remove();
    await database.drop();
  }, 60_000);
  const rssMb = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${router.pid}/status`, 'utf8'))?.[1]) / 1024;

  it('do not take the process beyond 400 MB, are told 503, and keep no other source from being heard', async () => {
    const connections: RawConnection[] = [];
    for (let n = 0; n < SENDERS; n += 1) {
      const connection = await RawConnection.open(router.url);
      connection.write(
        requestBytes(`/webhooks/${FLOODED[n % FLOODED.length]}`, [['Content-Length', String(BODY_BYTES)]]),
      );
      connections.push(connection);
    }
    const answers = connections.map((connection) => connection.answer({ withinMs: 120_000 }).catch(() => undefined));
    let most = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const connection of connections) if (!connection.isOver) connection.write(PIECE);
      expect((await send(router.ingress('telegram'), telegramWebhook(round + 1))).status).toBe(200);
      most = Math.max(most, rssMb());
      await sleep(ROUND_MS);
      most = Math.max(most, rssMb());
    }
    const statuses = (await Promise.all(answers)).map((answer) => answer?.status);
    for (const connection of connections) connection.close();
    expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(SENDERS / 4);
    // Nobody signed anything: no answer may be a 2xx.
    expect(statuses.filter((status) => status !== undefined && status < 400)).toEqual([]);
    expect(most).toBeLessThan(MOST_MB);
    const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM hookyard.event');
    expect(rows).toEqual([{ n: ROUNDS }]);
  });
});
