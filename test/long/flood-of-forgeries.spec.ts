import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RejectionSampler } from '../../src/rejections/rejection-sampler.js';
import { RESERVED_FOR_NEAR_MISSES, SAMPLES_PER_MINUTE } from '../../src/rejections/sample-quota.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook, type Webhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const FORGERIES = 100_000;
const SENDERS = 32;
/** Two busy cores refuse about 2,000 a second, sender and database included; six times slower is a fault. */
const OVER_WITHIN_MS = 300_000;
jest.setTimeout(OVER_WITHIN_MS + 60_000);

const wrong = stripeWebhook('evt_forged', 'invoice.paid', { secret: 'whsec_guess' });
const { 'stripe-signature': _gone, ...bare } = wrong.headers;
const KINDS: readonly Webhook[] = [
  { ...wrong, headers: bare },
  { ...wrong, headers: { ...bare, 'stripe-signature': 'nonsense' } },
  wrong,
  stripeWebhook('evt_old', 'invoice.paid', { now: new Date(Date.now() - 3_600_000) }),
];

describe(`a flood of ${FORGERIES} forgeries`, () => {
  let database: TestDatabase;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  it('is refused to the last, becomes no event and a few samples, and holds nobody up', async () => {
    const beganAt = Date.now();
    let left = FORGERIES;
    const statuses = new Map<number, number>();
    const flood = async (): Promise<void> => {
      while (left > 0) {
        const { status } = await send(router.ingress('stripe'), KINDS[left-- % KINDS.length] as Webhook);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    let genuine = 0;
    const honest = async (): Promise<void> => {
      for (; left > 0; genuine += 1) {
        const startedAt = performance.now();
        const { status } = await send(router.ingress('stripe'), stripeWebhook(`evt_genuine_${genuine}`));
        expect([status, performance.now() - startedAt < 2_000]).toEqual([200, true]);
      }
    };
    await Promise.all([...Array.from({ length: SENDERS }, flood), honest()]);
    const tookMs = Date.now() - beganAt;
    expect(Object.fromEntries(statuses)).toEqual({ 401: FORGERIES });
    expect(tookMs).toBeLessThan(OVER_WITHIN_MS);
    expect(genuine).toBeGreaterThan(0);

    await router.app.get(RejectionSampler).drain();
    const { rows } = await database.pool.query<{ events: number; samples: number; near: number }>(
      `SELECT (SELECT count(*)::int FROM hookyard.event) AS events, count(*)::int AS samples,
         (count(*) FILTER (WHERE near_miss))::int AS near
       FROM hookyard.rejection`,
    );
    const { events, samples, near } = rows[0] as { events: number; samples: number; near: number };
    const minutes = Math.floor((beganAt + tookMs) / 60_000) - Math.floor(beganAt / 60_000) + 1;
    expect(events).toBe(genuine);
    expect(samples).toBeLessThanOrEqual(SAMPLES_PER_MINUTE * minutes);
    // The rubbish took no place of those that were nearly right.
    expect(near).toBeGreaterThanOrEqual(RESERVED_FOR_NEAR_MISSES);
  });
});
