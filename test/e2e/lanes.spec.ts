import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/database/ids.js';
import { migrate } from '../../src/database/migrate.js';
import { Pools } from '../../src/database/pools.js';
import { settleResults, type Result } from '../../src/delivery/settle-results.js';
import { notStarted, type Settlement } from '../../src/delivery/settle.js';
import { BatchStore } from '../../src/queue/batch.store.js';
import { claim, type Claimable } from '../../src/queue/claim.js';
import { freeStranded, wakeLanes } from '../../src/queue/lanes.js';
import { backlog } from '../support/backlog.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const LANE = '00000000-0000-4000-8000-000000000001';
const OTHER_LANE = '00000000-0000-4000-8000-000000000002';
const DELIVERED = { status: 'delivered', attempt: 'delivered', counts: true, statusCode: 200 } as const;
const DEAD = { status: 'dead', deadReason: 'rejected', attempt: 'failed', counts: true } as const;
const AGAIN = { status: 'pending', delayMs: 3_600_000, attempt: 'failed', counts: true } as const;

interface Entry {
  readonly lane?: string;
  readonly latest?: boolean;
  /** The provider's time, in seconds. */
  readonly at?: number;
  readonly heldReason?: string;
}

describe('a lane', () => {
  let database: TestDatabase;
  let pools: Pools;
  let destination: Claimable;
  let names: Map<string, string>;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
    pools = new Pools(database.url, 40, () => undefined);
  });
  afterAll(async () => {
    await pools.end();
    await database.drop();
  });
  beforeEach(async () => {
    destination = await backlog(pools.work, newId().slice(-12), 0, { limits: { concurrency: 100 } });
    await pools.work.query('DELETE FROM hookyard.delivery_batch');
    names = new Map();
  });

  /** Stores a delivery, as intake does: with the next number of arrival. */
  async function arrives(
    name: string,
    { lane = LANE, latest = false, at = 0, heldReason }: Entry = {},
    ordered = !latest,
  ): Promise<string> {
    const id = newId();
    names.set(id, name);
    await pools.work.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id, status, held_reason, lane, lane_seq, lane_ordered, lane_latest,
         subject_at)
       VALUES ($1, $1, $2, CASE WHEN $3::text IS NULL THEN 'pending' ELSE 'held' END, $3, $4, nextval('hookyard.lane_seq'), $5, $6,
         to_timestamp($7))`,
      [id, destination.id, heldReason ?? null, lane, ordered, latest, at],
    );
    return id;
  }
  /** Claims until nothing more can be; gives the names of what was taken. */
  async function taken(): Promise<string[]> {
    const all: string[] = [];
    for (let rounds = 0; rounds < 50; rounds += 1) {
      const { batches, nextDueMs } = await claim(pools.work, new Map([[destination.id, destination]]), 0);
      for (const { id } of batches) {
        const { rows } = await pools.work.query<{ id: string }>(
          'SELECT id FROM hookyard.delivery WHERE batch_id = $1 ORDER BY lane_seq',
          [id],
        );
        all.push(...rows.map((row) => names.get(row.id) as string));
      }
      if (batches.length === 0 && nextDueMs > 0) return all;
    }
    throw new Error('claiming finds no end');
  }
  /** What was taken under this name ends so. */
  async function ends(name: string, settlement: Partial<Settlement>, lane = LANE): Promise<void> {
    const id = [...names].find(([, given]) => given === name)?.[0] as string;
    const { rows } = await pools.work.query<{ batch_id: string }>(
      'SELECT batch_id FROM hookyard.delivery WHERE id = $1',
      [id],
    );
    const result: Result = {
      deliveryId: id,
      batchId: rows[0]?.batch_id as string,
      destinationId: destination.id,
      lane,
      settlement: { ...notStarted(0), ...settlement },
      number: 1,
      startedAt: performance.now(),
      durationMs: 1,
      excerpt: undefined,
      isProbe: false,
      runner: 'test',
    };
    await settleResults(pools.work, [result]);
    await wakeLanes(pools.work, [{ destinationId: destination.id, lane }]);
  }
  const statusOf = async (name: string): Promise<string | undefined> => {
    const id = [...names].find(([, given]) => given === name)?.[0];
    const { rows } = await pools.work.query<{ seen: string }>(
      `SELECT status || CASE WHEN status = 'pending' AND next_attempt_at IS NULL THEN ', waits' ELSE '' END AS seen
       FROM hookyard.delivery WHERE id = $1`,
      [id],
    );
    return rows[0]?.seen;
  };

  it('lets one of a subject go at a time, in the order of arrival; other subjects go beside it', async () => {
    for (const name of ['a1', 'a2', 'a3']) await arrives(name);
    await arrives('b1', { lane: OTHER_LANE });
    expect(await taken()).toEqual(['a1', 'b1']);
    expect([await statusOf('a2'), await statusOf('a3')]).toEqual(['pending, waits', 'pending, waits']);
    await ends('a1', DELIVERED);
    expect(await taken()).toEqual(['a2']);
    await arrives('a4');
    expect(await taken()).toEqual([]);
    await ends('a2', DELIVERED);
    expect(await taken()).toEqual(['a3']);
    await ends('a3', DELIVERED);
    expect(await taken()).toEqual(['a4']);
  });

  it('waits for one that will be tried again, and goes on when it is dead', async () => {
    for (const name of ['first', 'second']) await arrives(name);
    expect(await taken()).toEqual(['first']);
    await ends('first', AGAIN);
    expect(await taken()).toEqual([]);
    await pools.work.query(
      'UPDATE hookyard.delivery SET next_attempt_at = now() WHERE destination_id = $1 AND attempts = 1',
      [destination.id],
    );
    expect(await taken()).toEqual(['first']);
    await ends('first', DEAD);
    expect(await taken()).toEqual(['second']);
  });

  it.each([
    ['was cancelled', `status = 'cancelled', settled_at = now()`],
    ['died with its destination', `status = 'dead', settled_at = now()`],
  ])('goes on past one that %s, though nobody said so', async (_how, change) => {
    for (const name of ['first', 'second', 'third']) await arrives(name);
    expect(await taken()).toEqual(['first']);
    await ends('first', AGAIN);
    expect(await taken()).toEqual([]);
    await pools.work.query(`UPDATE hookyard.delivery SET ${change} WHERE destination_id = $1 AND attempts = 1`, [
      destination.id,
    ]);
    await freeStranded(pools.work);
    expect(await taken()).toEqual(['second']);
    expect(await statusOf('third')).toBe('pending, waits');
  });

  it('sends a dead one that is retried before those that still wait, and never beside another', async () => {
    for (const name of ['first', 'second', 'third']) await arrives(name);
    expect(await taken()).toEqual(['first']);
    await ends('first', DEAD);
    expect(await taken()).toEqual(['second']);
    await pools.work.query(
      `UPDATE hookyard.delivery SET status = 'pending', next_attempt_at = now() WHERE destination_id = $1 AND status = 'dead'`,
      [destination.id],
    );
    expect(await taken()).toEqual([]);
    await ends('second', DELIVERED);
    expect(await taken()).toEqual(['first']);
    await ends('first', DELIVERED);
    expect(await taken()).toEqual(['third']);
  });

  it('waits for what a paused source held, not for what was held for itself', async () => {
    await arrives('suspect', { heldReason: 'suspected replay' });
    await arrives('first', { heldReason: 'source paused' });
    await arrives('second');
    expect(await taken()).toEqual([]);
    await pools.work.query(
      `UPDATE hookyard.delivery SET status = 'pending', held_reason = NULL, next_attempt_at = now()
       WHERE destination_id = $1 AND held_reason = 'source paused'`,
      [destination.id],
    );
    expect(await taken()).toEqual(['first']);
    await ends('first', DELIVERED);
    expect(await taken()).toEqual(['second']);
  });

  it('keeps its order and its one at a time whatever many claims and settles do at once', async () => {
    const lanes = Array.from({ length: 12 }, () => newId());
    const LENGTH = 15;
    for (let n = 0; n < LENGTH; n += 1) {
      for (const lane of lanes) await arrives(`${lane} ${n}`, { lane });
    }
    const sent = new Map<string, number[]>(lanes.map((lane) => [lane, []]));
    const underWay = new Set<string>();
    const store = new BatchStore(pools);
    let left = LENGTH * lanes.length;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        const { batches } = await claim(pools.work, new Map([[destination.id, destination]]), 0);
        await Promise.all(
          batches.map(async ({ id: batchId }) => {
            const { rows } = await pools.work.query<{ id: string; lane: string }>(
              'SELECT id, lane FROM hookyard.delivery WHERE batch_id = $1',
              [batchId],
            );
            await store.take(batchId, 'test');
            for (const { lane } of rows) {
              if (underWay.has(lane)) throw new Error('two of a lane at once');
              underWay.add(lane);
            }
            await Promise.all(
              rows.map(async ({ id, lane }) => {
                const [, n] = (names.get(id) as string).split(' ');
                sent.get(lane)?.push(Number(n));
                underWay.delete(lane);
                left -= 1;
                await ends(names.get(id) as string, DELIVERED, lane);
              }),
            );
            await store.drop(batchId);
          }),
        );
      }
    };
    await Promise.all(Array.from({ length: 6 }, worker));
    for (const order of sent.values()) expect(order).toEqual(Array.from({ length: LENGTH }, (_, n) => n));
  }, 30_000);

  describe('of which only the latest counts', () => {
    it('sends the newest by the provider’s time, and supersedes the older ones once it is delivered', async () => {
      await arrives('old', { latest: true, at: 100 });
      await arrives('newest', { latest: true, at: 300 });
      await arrives('older', { latest: true, at: 200 });
      expect(await taken()).toEqual(['newest']);
      expect([await statusOf('old'), await statusOf('older')]).toEqual(['pending, waits', 'pending, waits']);
      await ends('newest', DELIVERED);
      expect([await statusOf('old'), await statusOf('older')]).toEqual(['superseded', 'superseded']);
      await arrives('late', { latest: true, at: 250 });
      await arrives('next', { latest: true, at: 301 });
      expect(await taken()).toEqual(['next']);
      expect(await statusOf('late')).toBe('superseded');
    });

    it('drops nothing while the newest has not been delivered: the older one goes out meanwhile', async () => {
      await arrives('old', { latest: true, at: 100 });
      await arrives('new', { latest: true, at: 200 });
      expect(await taken()).toEqual(['new']);
      await ends('new', AGAIN);
      expect(await taken()).toEqual(['old']);
      await ends('old', DELIVERED);
      expect(await statusOf('new')).toBe('pending');
    });

    it('takes the later arrival of one second for the newer, and never drops it for being equal', async () => {
      await arrives('first', { latest: true, at: 100 });
      expect(await taken()).toEqual(['first']);
      await ends('first', DELIVERED);
      await arrives('second', { latest: true, at: 100 });
      expect(await taken()).toEqual(['second']);
      await ends('second', DELIVERED);
      expect(await statusOf('second')).toBe('delivered');
    });

    it('keeps subjects apart', async () => {
      await arrives('other, old', { latest: true, at: 100, lane: OTHER_LANE });
      await arrives('new', { latest: true, at: 200 });
      expect((await taken()).sort()).toEqual(['new', 'other, old']);
    });

    it('beside ordered ones of another route neither waits for the other: the ordered one follows', async () => {
      await arrives('latest', { latest: true, at: 100 });
      await arrives('ordered', { at: 200 });
      expect(await taken()).toEqual(['latest']);
      await ends('latest', DELIVERED);
      expect(await taken()).toEqual(['ordered']);
      await arrives('newer', { latest: true, at: 300 });
      await arrives('last', { at: 400 });
      await arrives('newest', { latest: true, at: 500 });
      await ends('ordered', DELIVERED);
      expect(await taken()).toEqual(['newest']);
      await ends('newest', DELIVERED);
      expect(await taken()).toEqual(['last']);
    });

    it('and which is ordered too sends in the order of arrival, and drops what is outdated when its turn comes', async () => {
      const both = { latest: true } as const;
      await arrives('new', { ...both, at: 300 }, true);
      await arrives('out of order', { ...both, at: 100 }, true);
      await arrives('newest', { ...both, at: 400 }, true);
      expect(await taken()).toEqual(['new']);
      await ends('new', DELIVERED);
      expect(await taken()).toEqual(['newest']);
      expect(await statusOf('out of order')).toBe('superseded');
    });
  });
});
