import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { migrate } from '../../src/database/migrate.js';
import { Pools } from '../../src/database/pools.js';
import { BulkChunks, type ChunkResult } from '../../src/replay/bulk-chunks.js';
import type { BulkReplayWatch } from '../../src/replay/bulk-replay-watch.js';
import { BulkReplays } from '../../src/replay/bulk-replays.js';
import type { Rereader } from '../../src/replay/rereader.js';
import { EMPTY_TOPOLOGY } from '../../src/routing/topology.js';
import type { TopologyStore } from '../../src/routing/topology.store.js';
import { backlog } from '../support/backlog.js';
import { storeDeadLetters, storeEvents } from '../support/stored-events.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

/** The chunks of bulk replays, driven without a router: by the tables' clock, which the test sets. */
describe('a chunk of a bulk replay', () => {
  let database: TestDatabase;
  let processes: Pools[];
  let chunks: BulkChunks[];
  let replays: BulkReplays;
  let destinationId: number;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
    processes = [1, 2, 3].map(() => new Pools(database.url, 12, () => undefined));
    const topology = { current: EMPTY_TOPOLOGY } as TopologyStore;
    chunks = processes.map((pools) => new BulkChunks(pools, topology, {} as Rereader));
    replays = new BulkReplays(processes[0] as Pools, { wake: () => undefined } as BulkReplayWatch);
    ({ id: destinationId } = await backlog(database.pool, 'billing', 0));
    await database.pool.query(
      `INSERT INTO hookyard.source (slug, type, settings, secrets_sealed) VALUES ('stripe', 'stripe', '{}', '')`,
    );
  });
  afterAll(async () => {
    await Promise.all(processes.map((pools) => pools.end()));
    await database.drop();
  });
  beforeEach(async () => {
    for (const table of ['delivery', 'event', 'body', 'replay'])
      await database.pool.query(`DELETE FROM hookyard.${table}`);
  });

  const create = async (mode: 'retry' | 'replay', pace: number): Promise<string> => {
    const destinationIds = mode === 'retry' ? undefined : [destinationId];
    const row = await replays.create({ mode, filter: {}, destinationIds, onlyChanged: false, latestOnly: false, pace });
    return row?.id ?? '';
  };
  const lastChunkAt = (sql: string): Promise<unknown> =>
    database.pool.query(`UPDATE hookyard.replay SET paced_at = ${sql}`);
  const run = (id: string, process = 0): Promise<ChunkResult> => (chunks[process] as BulkChunks).run(id);
  const again = async (): Promise<number> =>
    (await database.pool.query(`SELECT 1 FROM hookyard.delivery WHERE status = 'pending'`)).rowCount ?? 0;

  it.each(['retry', 'replay'] as const)(
    'of mode %s makes no more than the pace allows, also after hours of standstill',
    async (mode) => {
      await storeDeadLetters(database.pool, 'stripe', 'billing', 40);
      const id = await create(mode, 10);
      await lastChunkAt(`clock_timestamp() - interval '5 hours'`);
      expect(await run(id)).toMatchObject({ outcome: 'done', deliveries: 10 });
      expect(await again()).toBe(10);
      // A clock in the future: no time has passed.
      await lastChunkAt(`clock_timestamp() + interval '1 hour'`);
      expect(await run(id)).toEqual({ outcome: 'wait', waitMs: 100 });
      expect(await again()).toBe(10);
      // What a second is worth, and no more: as much as there is at most.
      await lastChunkAt(`clock_timestamp() - interval '1 second'`);
      expect(await run(id)).toMatchObject({ outcome: 'done', deliveries: 10 });
      expect(await again()).toBe(20);
    },
  );

  it.each(['retry', 'replay'] as const)(
    'of mode %s is one process’s at a time: several make each delivery once',
    async (mode) => {
      const events = (await storeDeadLetters(database.pool, 'stripe', 'billing', 7_000)).length;
      const id = await create(mode, 5_000);
      const work = async (process: number): Promise<number> => {
        let made = 0;
        for (let result = await run(id, process); ; result = await run(id, process)) {
          if (result.outcome === 'done') made += result.deliveries;
          const { rows } = await database.pool.query<{ status: string }>(
            'SELECT status FROM hookyard.replay WHERE id = $1',
            [id],
          );
          if (rows[0]?.status !== 'running') return made;
          await lastChunkAt(`clock_timestamp() - interval '1 hour'`);
        }
      };
      const made = await Promise.all([work(0), work(1), work(2)]);
      expect(made.reduce((sum, count) => sum + count, 0)).toBe(events);
      expect(await again()).toBe(events);
      const { rows } = await database.pool.query('SELECT processed, deliveries, skipped, status FROM hookyard.replay');
      expect(rows).toEqual([{ processed: events, deliveries: events, skipped: {}, status: 'finished' }]);
    },
  );

  it('whose transaction ends without a commit has done nothing, and the next one does it', async () => {
    await storeEvents(database.pool, 'stripe', 5);
    const id = await create('replay', 100);
    await lastChunkAt(`clock_timestamp() - interval '1 hour'`);
    // The last statement of the chunk fails, as it would if the connection broke there.
    await database.pool.query(`ALTER TABLE hookyard.replay ADD CONSTRAINT broken CHECK (deliveries < 5) NOT VALID`);
    await expect(run(id)).rejects.toThrow('broken');
    expect(await again()).toBe(0);
    await database.pool.query(`ALTER TABLE hookyard.replay DROP CONSTRAINT broken`);
    expect(await run(id)).toMatchObject({ outcome: 'done', deliveries: 5, ended: { status: 'finished' } });
    expect(await again()).toBe(5);
  });

  it('is busy while another process has the replay, and does not wait for it', async () => {
    await storeEvents(database.pool, 'stripe', 5);
    const id = await create('replay', 100);
    const other = await database.pool.connect();
    try {
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM hookyard.replay WHERE id = $1 FOR UPDATE', [id]);
      expect(await run(id)).toEqual({ outcome: 'busy' });
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }
  });

  it('walks on where much does not match', async () => {
    await storeEvents(database.pool, 'stripe', 11_000, 'other');
    await storeEvents(database.pool, 'stripe', 3);
    const row = await replays.create({
      mode: 'replay',
      filter: { type: ['invoice.*'] },
      destinationIds: [destinationId],
      onlyChanged: false,
      latestOnly: false,
      pace: 100,
    });
    expect([row?.total, row?.total_is_exact]).toEqual([3, true]);
    const outcomes: ChunkResult[] = [];
    for (let n = 0; n < 3; n += 1) {
      await lastChunkAt(`clock_timestamp() - interval '1 hour'`);
      outcomes.push(await run(row?.id ?? ''));
    }
    expect(
      outcomes.map((result) => (result.outcome === 'done' ? [result.deliveries, result.ended?.status] : result)),
    ).toEqual([
      [0, undefined],
      [0, undefined],
      [3, 'finished'],
    ]);
  });
});
