import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { storedId } from '../../src/database/ids.js';
import { accepted, deliveryTo, settledDelivery, type SeenDelivery } from '../support/deliveries.js';
import { operate } from '../support/operate.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(40_000);

const UNKNOWN = `dlv_${'0'.repeat(32)}`;
const ACTIONS = ['retry', 'cancel', 'release'] as const;

describe('an operator', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('inbox', receiver.url, 'retry: { schedule: [1h], jitter: 0 }, breaker: { failures: 1000 }'),
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });
  beforeEach(() => {
    receiver.answer = 200;
  });

  const begin = (): Promise<string> => accepted(router, 'stripe', stripeWebhook(`evt_op_${(count += 1)}`));
  const act = (id: string, action: (typeof ACTIONS)[number]) =>
    operate<SeenDelivery>(router, 'POST', `/deliveries/${id}/${action}`);
  const see = async (id: string): Promise<SeenDelivery & { heldReason: string | null; releasedAt: string | null }> =>
    (
      await operate<SeenDelivery & { heldReason: string | null; releasedAt: string | null }>(
        router,
        'GET',
        `/deliveries/${id}`,
      )
    ).data;
  const sent = (id: string): number =>
    receiver.received.filter(({ headers }) => headers['idempotency-key'] === id).length;
  /** A delivery in a status of the test's choice, which nobody touches by itself. */
  const inStatus = async (status: string, more = ''): Promise<string> => {
    const eventId = await begin();
    const { id } = await settledDelivery(router, eventId, 'inbox');
    await database.pool.query(
      `UPDATE hookyard.delivery SET status = $2, settled_at = NULL, next_attempt_at = clock_timestamp() + interval '1 h' ${more}
       WHERE id = $1`,
      [storedId('dlv', id), status],
    );
    return id;
  };
  const dead = async (): Promise<SeenDelivery> => {
    receiver.answer = 400;
    const delivery = await settledDelivery(router, await begin(), 'inbox');
    receiver.answer = 200;
    return delivery;
  };

  it('retries a dead letter: the same delivery, the same idempotency key, a fresh budget', async () => {
    const letter = await dead();
    expect(letter).toMatchObject({ status: 'dead', deadReason: 'rejected', attempts: 1 });
    // It fails again in a way that leaves attempts: the budget is the whole one.
    receiver.answer = 500;
    const { code, data } = await act(letter.id, 'retry');
    expect([code, data.id, data.deadReason]).toEqual([200, letter.id, null]);
    const waiting = await until('it failed again', async () => {
      const seen = await see(letter.id);
      return seen.status === 'pending' && seen.attempts === 2 ? seen : undefined;
    });
    expect(Date.parse(waiting.nextAttemptAt ?? '')).toBeGreaterThan(Date.now() + 30 * 60_000);
    // And from pending: now, instead of in an hour.
    receiver.answer = 200;
    expect((await act(letter.id, 'retry')).code).toBe(200);
    const delivered = await until('it is delivered', async () => {
      const seen = await see(letter.id);
      return seen.status === 'delivered' ? seen : undefined;
    });
    expect(delivered).toMatchObject({ attempts: 3, deadReason: null });
    expect(sent(letter.id)).toBe(3);
    // The automatic retry in an hour was this very row: nothing is left to be done.
    const { rows } = await database.pool.query(
      `SELECT 1 FROM hookyard.delivery WHERE status IN ('pending', 'claimed')`,
    );
    expect(rows).toEqual([]);
  });

  it('who retries twice at once makes one round', async () => {
    for (let round = 0; round < 5; round += 1) {
      const letter = await dead();
      const answers = await Promise.all(Array.from({ length: 6 }, () => act(letter.id, 'retry')));
      const refusals = answers.filter(({ code }) => code !== 200);
      // Whoever came when the round was under way, or over, is told so.
      for (const { code, errors } of refusals) expect([code, errors[0]?.code]).toEqual([409, 'DELIVERY_NOT_RETRYABLE']);
      expect(answers.length - refusals.length).toBeGreaterThanOrEqual(1);
      await until('it is delivered', async () => (await see(letter.id)).status === 'delivered');
      expect(sent(letter.id)).toBe(2);
    }
  });

  it('cannot retry what is being sent: that attempt is not over', async () => {
    let answer: (() => void) | undefined;
    receiver.answer = (_, response) => {
      answer = () => response.writeHead(200).end();
    };
    const eventId = await begin();
    await until('it is being sent', () => answer);
    const { id } = await deliveryTo(router, eventId, 'inbox');
    for (const [action, expected] of [
      ['retry', 'DELIVERY_NOT_RETRYABLE'],
      ['cancel', 'DELIVERY_NOT_CANCELLABLE'],
      ['release', 'DELIVERY_NOT_HELD'],
    ] as const) {
      const { code, errors } = await act(id, action);
      expect([action, code, errors[0]?.code]).toEqual([action, 409, expected]);
      expect(errors[0]?.message).toContain('claimed');
    }
    answer?.();
    expect(await settledDelivery(router, eventId, 'inbox')).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  it('cancels what waits, and it is not sent any more until it is retried', async () => {
    const id = await inStatus('pending', ', attempts = 0');
    const { code, data } = await act(id, 'cancel');
    expect([code, data.status, data.nextAttemptAt]).toEqual([200, 'cancelled', null]);
    await database.pool.query(`UPDATE hookyard.delivery SET next_attempt_at = now() WHERE id = $1`, [
      storedId('dlv', id),
    ]);
    // Something else goes out meanwhile, so the relay has looked.
    await settledDelivery(router, await begin(), 'inbox');
    expect([sent(id), (await see(id)).status]).toEqual([1, 'cancelled']);
    expect((await act(id, 'retry')).code).toBe(200);
    await until('it is sent', async () => (await see(id)).status === 'delivered');
    expect(sent(id)).toBe(2);
  });

  it('releases what is held; why it was held is not forgotten', async () => {
    const id = await inStatus('held', `, held_reason = 'suspected replay'`);
    const before = await see(id);
    expect(before).toMatchObject({ status: 'held', heldReason: 'suspected replay', releasedAt: null });
    expect((await act(id, 'retry')).errors[0]?.code).toBe('DELIVERY_NOT_RETRYABLE');
    expect((await act(id, 'release')).code).toBe(200);
    const after = await until('it is sent', async () => {
      const seen = await see(id);
      return seen.status === 'delivered' ? seen : undefined;
    });
    expect(after).toMatchObject({ heldReason: 'suspected replay', releasedAt: expect.any(String) });
    expect((await act(id, 'release')).errors[0]?.code).toBe('DELIVERY_NOT_HELD');
  });

  it('cancels what is held', async () => {
    const id = await inStatus('held', `, held_reason = 'suspected replay'`);
    expect((await act(id, 'cancel')).data).toMatchObject({ status: 'cancelled', heldReason: 'suspected replay' });
  });

  const impossible: [string, (typeof ACTIONS)[number], string][] = [
    ['delivered', 'retry', 'DELIVERY_NOT_RETRYABLE'],
    ['superseded', 'retry', 'DELIVERY_NOT_RETRYABLE'],
    ['delivered', 'cancel', 'DELIVERY_NOT_CANCELLABLE'],
    ['dead', 'cancel', 'DELIVERY_NOT_CANCELLABLE'],
    ['cancelled', 'cancel', 'DELIVERY_NOT_CANCELLABLE'],
    ['superseded', 'cancel', 'DELIVERY_NOT_CANCELLABLE'],
    ['delivered', 'release', 'DELIVERY_NOT_HELD'],
    ['pending', 'release', 'DELIVERY_NOT_HELD'],
    ['dead', 'release', 'DELIVERY_NOT_HELD'],
  ];
  it.each(impossible)(
    'is told 409 with the status when a %s delivery cannot be changed by %s',
    async (status, action, code) => {
      const id = await inStatus(status);
      const answer = await act(id, action);
      expect([answer.code, answer.errors[0]?.code]).toEqual([409, code]);
      expect(answer.errors[0]?.message).toContain(status);
      expect((await see(id)).status).toBe(status);
      await database.pool.query(`UPDATE hookyard.delivery SET status = 'delivered' WHERE id = $1`, [
        storedId('dlv', id),
      ]);
    },
  );

  it('is told 404 of a delivery that is none, and 410 where the body is gone', async () => {
    for (const action of ACTIONS) {
      for (const id of [UNKNOWN, 'dlv_1', '%00', UNKNOWN.replace('dlv', 'evt')]) {
        const { code, errors } = await act(id, action);
        expect([action, id, code, errors[0]?.code]).toEqual([action, id, 404, 'DELIVERY_NOT_FOUND']);
      }
    }
    const letter = await dead();
    await database.pool.query(
      `DELETE FROM hookyard.body WHERE id = (SELECT e.body_id FROM hookyard.event e JOIN hookyard.delivery d ON d.event_id = e.id
       WHERE d.id = $1)`,
      [storedId('dlv', letter.id)],
    );
    const { code, errors } = await act(letter.id, 'retry');
    expect([code, errors[0]?.code]).toEqual([410, 'BODY_GONE']);
    expect((await see(letter.id)).status).toBe('dead');
  });
});
