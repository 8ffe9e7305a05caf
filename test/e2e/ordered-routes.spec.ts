import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '../support/operator.js';
import { Receiver } from '../support/receiver.js';
import { rawStripeWebhook, send } from '../support/senders.js';
import { SpawnedRouter } from '../support/spawned-router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const SUBJECTS = 15;
const EACH = 10;

/** A Stripe event about one object, made at that second. */
const event = (
  id: string,
  type: string,
  subject: string,
  created = 1_795_000_000,
): ReturnType<typeof rawStripeWebhook> =>
  rawStripeWebhook(
    Buffer.from(
      JSON.stringify({ id, object: 'event', created, type, data: { object: { id: subject, object: 'customer' } } }),
    ),
  );

interface Body {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly object: { readonly id: string } };
}

describe('with three processes, a route', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let routers: SpawnedRouter[];

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    const policy =
      'retry: { exponential: { base: 30ms, factor: 1, attempts: 20 }, jitter: 0.2 }, breaker: { failures: 1000 }';
    const to = (name: string): string =>
      `  - { name: ${name}, url: "${receiver.url}", allowPrivateNetwork: true, payload: raw, ${policy} }`;
    const yaml = `destinations:
${['ordered', 'latest', 'plain'].map(to).join('\n')}
routes:
  - { sourceType: stripe, types: ["ordered"], to: ordered, ordered: subject }
  - { sourceType: stripe, types: ["latest"], to: latest, latestOnly: true }
  - { sourceType: stripe, types: ["plain"], to: plain }
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
  const accept = async (n: number, webhook: ReturnType<typeof event>): Promise<string> => {
    const { status, json } = await send((routers[n % 3] as SpawnedRouter).ingress('stripe'), webhook);
    expect(status).toBe(200);
    return json?.id as string;
  };
  const deliveryOf = async (eventId: string): Promise<Record<string, unknown> | undefined> => {
    const { data } = await ask<{ deliveries: Record<string, unknown>[] }>(
      routers[0] as SpawnedRouter,
      'GET',
      `/events/${eventId}`,
    );
    return data.deliveries[0];
  };
  const becomes = (eventId: string, expected: Record<string, unknown>): Promise<unknown> =>
    until(`it becomes ${JSON.stringify(expected)}`, async () => {
      const delivery = await deliveryOf(eventId);
      return Object.entries(expected).every(([key, value]) => delivery?.[key] === value);
    });

  it('that is ordered delivers what was answered first first, one at a time, through failures and whoever took it in', async () => {
    const delivered = new Map<string, string[]>();
    const underWay = new Set<string>();
    const together: string[] = [];
    let attempts = 0;
    receiver.answer = ({ body }, response) => {
      const { id, data } = JSON.parse(body.toString()) as Body;
      const subject = data.object.id;
      if (underWay.has(subject)) together.push(subject);
      underWay.add(subject);
      attempts += 1;
      const status = attempts % 3 === 0 ? 500 : 200;
      setTimeout(() => {
        underWay.delete(subject);
        if (status === 200) delivered.set(subject, [...(delivered.get(subject) ?? []), id]);
        response.writeHead(status).end();
      }, attempts % 7);
    };
    const stream = async (s: number): Promise<void> => {
      for (let n = 0; n < EACH; n += 1) await accept(s + n, event(`evt_${s}_${n}`, 'ordered', `cus_${s}`));
    };
    await Promise.all(Array.from({ length: SUBJECTS }, (_, s) => stream(s)));
    await until(
      'all are delivered',
      async () => {
        const { rows } = await database.pool.query(
          `SELECT 1 FROM hookyard.delivery WHERE status <> 'delivered' LIMIT 1`,
        );
        return rows.length === 0;
      },
      60_000,
    );
    for (let s = 0; s < SUBJECTS; s += 1) {
      expect(delivered.get(`cus_${s}`)).toEqual(Array.from({ length: EACH }, (_, n) => `evt_${s}_${n}`));
    }
    expect(together).toEqual([]);
    const deadlocks = await database.pool.query<{ n: number }>(
      'SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(deadlocks.rows).toEqual([{ n: 0 }]);
  }, 90_000);

  it('that is ordered shows what waits for its turn, and frees it when the one before is cancelled', async () => {
    receiver.answer = 500;
    const first = await accept(0, event('evt_stuck', 'ordered', 'cus_stuck'));
    await until('it has failed', async () => Number((await deliveryOf(first))?.['attempts']) > 0);
    const second = await accept(1, event('evt_behind', 'ordered', 'cus_stuck'));
    await becomes(second, { status: 'pending', waitingFor: 'order', nextAttemptAt: null, attempts: 0 });
    const id = String((await deliveryOf(first))?.['id']);
    // It is being sent again and again: a claimed one is refused.
    await until('it is cancelled', async () => {
      const router = routers[0] as SpawnedRouter;
      return (await ask(router, 'POST', `/deliveries/${id}/cancel`)).code === 200;
    });
    receiver.answer = 200;
    await becomes(second, { status: 'delivered' });
    await becomes(first, { status: 'cancelled' });
  }, 30_000);

  it('that wants only the latest does not send what a newer event has overtaken', async () => {
    receiver.answer = ({ body }, response) =>
      response.writeHead((JSON.parse(body.toString()) as Body).id === 'evt_old' ? 500 : 200).end();
    const old = await accept(0, event('evt_old', 'latest', 'cus_latest', 1_795_000_001));
    await until('it has failed', async () => Number((await deliveryOf(old))?.['attempts']) > 0);
    const fresh = await accept(1, event('evt_fresh', 'latest', 'cus_latest', 1_795_000_002));
    await becomes(fresh, { status: 'delivered' });
    await becomes(old, { status: 'superseded' });
    const late = await accept(2, event('evt_late', 'latest', 'cus_latest', 1_795_000_001));
    await becomes(late, { status: 'superseded', attempts: 0 });
    const sameSecond = await accept(0, event('evt_same', 'latest', 'cus_latest', 1_795_000_002));
    await becomes(sameSecond, { status: 'delivered' });
  }, 30_000);

  it('without an order puts nothing into a lane', async () => {
    receiver.answer = 200;
    await becomes(await accept(0, event('evt_plain', 'plain', 'cus_plain')), { status: 'delivered' });
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id
       WHERE e.type = 'plain' AND num_nonnulls(lane, lane_seq, lane_ordered, lane_latest, subject_at) = 0`,
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('that sends only the latest holds a replay back only when asked to', async () => {
    const older = await accept(0, event('evt_replay_older', 'latest', 'cus_replayed', 1_795_000_001));
    await becomes(older, { status: 'delivered' });
    const newer = await accept(1, event('evt_replay_newer', 'latest', 'cus_replayed', 1_795_000_002));
    await becomes(newer, { status: 'delivered' });
    const replay = async (latestOnly: boolean): Promise<unknown> => {
      const router = routers[0] as SpawnedRouter;
      const { data } = await ask<{ deliveries: { id: string }[] }>(router, 'POST', `/events/${older}/replay`, {
        latestOnly,
      });
      return until('it ends', async () => {
        const seen = await ask<{ status: string }>(router, 'GET', `/deliveries/${data.deliveries[0]?.id}`);
        return ['delivered', 'superseded'].includes(seen.data.status) ? seen.data.status : undefined;
      });
    };
    expect(await replay(false)).toBe('delivered');
    expect(await replay(true)).toBe('superseded');
  });
});
