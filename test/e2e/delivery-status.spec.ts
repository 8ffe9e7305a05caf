import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../../src/database/ids.js';
import { migrate } from '../../src/database/migrate.js';
import { Pools } from '../../src/database/pools.js';
import { settleResults, type Result } from '../../src/delivery/settle-results.js';
import { notStarted, type Settlement } from '../../src/delivery/settle.js';
import {
  DELIVERY_STATUSES,
  nextStatus,
  type DeliveryEvent,
  type DeliveryStatus,
} from '../../src/events/delivery-status.js';
import { BatchStore } from '../../src/queue/batch.store.js';
import { claim } from '../../src/queue/claim.js';
import { wakeLanes } from '../../src/queue/lanes.js';
import { HELD_BY_SOURCE } from '../../src/routing/apply-sources.js';
import { changeDelivery } from '../../src/replay/change-delivery.js';
import { releaseHeld } from '../../src/routing/release-held.js';
import { sweepRemoved } from '../../src/routing/sweep-removed.js';
import { backlog } from '../support/backlog.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** The statements that move deliveries, each driven on a delivery of every status. */
describe('the statement that does', () => {
  let database: TestDatabase;
  let pools: Pools;
  let sourceId: number;
  let destination: Awaited<ReturnType<typeof backlog>>;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
    pools = new Pools(database.url, 16, () => undefined);
    destination = await backlog(pools.work, 'moved', 0);
    const { rows } = await pools.work.query<{ id: number }>(
      `INSERT INTO hookyard.source (slug, type, secrets_sealed) VALUES ('stripe', 'stripe', '') RETURNING id`,
    );
    sourceId = rows[0]?.id ?? 0;
  });
  afterAll(async () => {
    await pools.end();
    await database.drop();
  });

  /** One delivery in that status, in a batch of `runner`'s, or nobody's, whose lease has so long to go. */
  async function one(
    status: DeliveryStatus,
    lease = 30,
    runner: string | null = 'me',
    interruptions = 0,
  ): Promise<Held> {
    const [id, eventId, batchId] = [newId(), newId(), newId()];
    await pools.work.query('DELETE FROM hookyard.delivery');
    await pools.work.query('DELETE FROM hookyard.delivery_batch');
    await pools.work.query(
      `INSERT INTO hookyard.event (id, source_id, external_id, type, headers, signature_headers, body_sha256, body_format,
         body_day, body_id, body_length)
       VALUES ($1, $2, $3, 'test', '{}', '{}', '', 'json', current_date, $1::uuid, 0)`,
      [eventId, sourceId, eventId],
    );
    await pools.work.query(`INSERT INTO hookyard.body (day, id, bytes) VALUES (current_date, $1, '')`, [eventId]);
    await pools.work.query(
      `INSERT INTO hookyard.delivery_batch (id, destination_id, runner, slots, remaining, lease_ms, lease_until)
       VALUES ($1, $2, $3, 1, 1, 30000, clock_timestamp() + $4 * interval '1 s')`,
      [batchId, destination.id, runner, lease],
    );
    await pools.work.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id, status, held_reason, batch_id, interruptions)
       VALUES ($1, $2, $3, $4::text, CASE WHEN $4::text = 'held' THEN $5::text END,
         CASE WHEN $4::text = 'claimed' THEN $6::uuid END, $7)`,
      [id, eventId, destination.id, status, HELD_BY_SOURCE, batchId, interruptions],
    );
    return { id, batchId };
  }

  const settle = (held: Held, settlement: Partial<Settlement>, batchId = held.batchId): Promise<unknown> => {
    const result: Result = {
      deliveryId: held.id,
      batchId,
      destinationId: destination.id,
      settlement: { ...notStarted(0), attempt: 'failed', counts: true, ...settlement },
      number: 1,
      startedAt: performance.now(),
      durationMs: 1,
      excerpt: undefined,
      isProbe: false,
      runner: 'me',
    };
    return settleResults(pools.work, [result]);
  };
  const DELIVERED = { status: 'delivered', attempt: 'delivered' } as const;
  const DEAD = { status: 'dead', deadReason: 'rejected' } as const;
  const stores = (): BatchStore => new BatchStore(pools);

  /** Puts it into a lane of its own, in which a newer one was delivered. */
  const overtaken = async ({ id, batchId: lane }: Held): Promise<void> => {
    await pools.work.query(
      `UPDATE hookyard.delivery SET lane = $1, lane_ordered = false, lane_latest = true, lane_seq = 1, subject_at = to_timestamp(100)
       WHERE id = $2`,
      [lane, id],
    );
    await pools.work.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id, status, lane, lane_ordered, lane_latest, lane_seq, subject_at)
       VALUES ($1, $1, $2, 'delivered', $3, false, true, 2, to_timestamp(200))`,
      [newId(), destination.id, lane],
    );
  };

  const moves: Record<DeliveryEvent, (status: DeliveryStatus) => Promise<Held>> = {
    claim: async (status) => {
      // Nothing live is in the way: the gate's slots are free.
      const held = await one(status, -60);
      await claim(pools.work, new Map([[destination.id, destination]]), 0);
      return held;
    },
    unclaim: async (status) => {
      const held = await one(status, 30, null);
      await stores().unclaim([held.batchId]);
      return held;
    },
    succeed: (status) => after(one(status), (held) => settle(held, DELIVERED)),
    fail: (status) => after(one(status), (held) => settle(held, { delayMs: 1_000 })),
    'give-up': (status) => after(one(status), (held) => settle(held, DEAD)),
    reap: (status) => after(one(status, -1), () => stores().reap()),
    'reap-lost': (status) => after(one(status, -1, 'me', 100), () => stores().reap()),
    'late-success': (status) => after(one(status), (held) => settle(held, DELIVERED, newId())),
    'late-failure': (status) =>
      after(one(status), async (held) => {
        await settle(held, { delayMs: 1_000 }, newId());
        await settle(held, DEAD, newId());
      }),
    supersede: (status) =>
      after(one(status, -60), async (held) => {
        await overtaken(held);
        await wakeLanes(pools.work, [{ destinationId: destination.id, lane: held.batchId }]);
      }),
    release: (status) =>
      after(one(status), () => releaseHeld(pools.work, () => undefined, new AbortController().signal)),
    retry: (status) => after(one(status), ({ id }) => changeDelivery(pools.work, id, 'retry')),
    cancel: (status) => after(one(status), ({ id }) => changeDelivery(pools.work, id, 'cancel')),
    'remove-destination': (status) =>
      after(one(status), async () => {
        const tombstone = (value: string): Promise<unknown> =>
          pools.work.query(`UPDATE hookyard.destination SET deleted_at = ${value} WHERE id = $1`, [destination.id]);
        await tombstone('now()');
        await sweepRemoved(pools.work, new AbortController().signal);
        await tombstone('NULL');
      }),
  };

  /** Other statements for the same event. */
  const others: Partial<typeof moves> = {
    // The claim finds it outdated when its turn comes.
    supersede: (status) =>
      after(one(status, -60), async (held) => {
        await overtaken(held);
        await claim(pools.work, new Map([[destination.id, destination]]), 0);
      }),
    // A person does not wait for its source.
    release: (status) => after(one(status), ({ id }) => changeDelivery(pools.work, id, 'release')),
  };

  const cases = [...Object.entries(moves), ...Object.entries(others)].flatMap(([event, move]) =>
    DELIVERY_STATUSES.map((status) => [event as DeliveryEvent, status, move] as const),
  );

  it.each(cases)('%s moves a delivery that is %s as the state machine says', async (event, status, move) => {
    const { id } = await move(status);
    const { rows } = await pools.work.query<{ status: string; batch_id: string | null; held_reason: string | null }>(
      'SELECT status, batch_id, held_reason FROM hookyard.delivery WHERE id = $1',
      [id],
    );
    // A holder's own success is never refused: without the delivery in its batch it is a late one.
    const to = nextStatus(status, event) ?? (event === 'succeed' ? nextStatus(status, 'late-success') : undefined);
    expect(rows[0]?.status).toBe(to ?? status);
    expect(rows[0]?.batch_id === null).toBe(rows[0]?.status !== 'claimed');
  });
});

interface Held {
  readonly id: string;
  readonly batchId: string;
}

async function after(made: Promise<Held>, act: (held: Held) => Promise<unknown>): Promise<Held> {
  const held = await made;
  await act(held);
  return held;
}
