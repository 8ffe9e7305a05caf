import { describe, expect, it, jest } from '@jest/globals';
import { operate } from '../support/operate.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml } from '../support/router.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { storeEvents } from '../support/stored-events.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

interface Bulk {
  readonly id: string;
  readonly status: string;
  readonly total: number;
}

const from = new Date(Date.now() - 3_600_000).toISOString();

describe('a bulk replay whose process is killed', () => {
  it('goes on in the next one: nothing twice, nothing left out', async () => {
    const database = await createTestDatabase();
    const receiver = await Receiver.start();
    const router = await SpawnedRouter.start({
      databaseUrl: database.url,
      yaml: destinationYaml('analytics', receiver.url, 'timeout: 1s'),
    });
    try {
      const events = await storeEvents(database.pool, 'stripe', 3_000);
      const { data } = await operate<Bulk>(router, 'POST', '/replays', {
        mode: 'replay',
        filter: { from },
        destination: 'analytics',
        pace: 1_000,
      });
      expect(data.total).toBe(3_000);
      for (const atLeast of [200, 1_000, 2_000]) {
        const before = await until('it is in the middle', async () => {
          const { rows } = await database.pool.query<{ deliveries: number }>('SELECT deliveries FROM hookyard.replay');
          const { deliveries = 0 } = rows[0] ?? {};
          return deliveries >= atLeast ? deliveries : undefined;
        });
        await router.end('SIGKILL');
        expect(before).toBeLessThan(3_000);
        await router.launch();
      }
      const finished = await until('it is finished', async () => {
        const seen = (await operate<Bulk>(router, 'GET', `/replays/${data.id}`)).data;
        return seen.status === 'finished' ? seen : undefined;
      });
      expect(finished).toMatchObject({ processed: 3_000, deliveries: 3_000, skipped: 0 });
      const { rows } = await database.pool.query<{ event_id: string }>('SELECT event_id FROM hookyard.delivery');
      expect(rows.map((row) => row.event_id).toSorted()).toEqual(events.toSorted());
      await until('every event has arrived', () => receiver.countById.size === 3_000, 60_000);
      expect(router.lines.filter(({ event }) => event === 'replay.finished')).toHaveLength(1);
    } finally {
      await router.remove();
      await receiver.stop();
      await database.drop();
    }
  });
});
