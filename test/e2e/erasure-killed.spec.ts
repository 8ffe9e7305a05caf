import { describe, expect, it, jest } from '@jest/globals';
import { operate } from '../support/operate.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { storeEvents } from '../support/stored-events.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

const EVENTS = 3_000;

describe('an erasure whose process is killed', () => {
  it('goes on in the next one until nothing is left', async () => {
    const database = await createTestDatabase();
    const router = await SpawnedRouter.start({ databaseUrl: database.url });
    try {
      await storeEvents(database.pool, 'stripe', EVENTS);
      await database.pool.query(`UPDATE hookyard.event SET tenant = 'leaving'`);
      const [kept] = await storeEvents(database.pool, 'stripe', 1);
      const { data } = await operate<{ id: string; total: number }>(router, 'POST', '/erasures', { tenant: 'leaving' });
      expect(data.total).toBe(EVENTS);
      for (const atLeast of [200, 1_000]) {
        const erased = await until('it is in the middle', async () => {
          const { rows } = await database.pool.query<{ erased: number }>('SELECT erased FROM hookyard.erasure');
          return (rows[0]?.erased ?? 0) >= atLeast ? rows[0]?.erased : undefined;
        });
        await router.end('SIGKILL');
        expect(erased).toBeLessThan(EVENTS);
        await router.launch();
      }
      const done = await until('it is finished', async () => {
        const seen = (await operate<{ status: string }>(router, 'GET', `/erasures/${data.id}`)).data;
        return seen.status === 'finished' ? seen : undefined;
      });
      expect(done).toMatchObject({ erased: EVENTS });
      const { rows: bodies } = await database.pool.query<{ id: string }>('SELECT id FROM hookyard.body');
      expect(bodies).toEqual([{ id: kept }]);
      const { rows: open } = await database.pool.query(
        `SELECT 1 FROM hookyard.event WHERE tenant IS NOT NULL OR (erased_at IS NULL AND id <> $1)`,
        [kept],
      );
      expect(open).toEqual([]);
      expect(router.lines.filter(({ event }) => event === 'erasure.finished')).toHaveLength(1);
    } finally {
      await router.remove();
      await database.drop();
    }
  });
});
