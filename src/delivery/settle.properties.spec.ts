import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliveryPolicy } from '../config/delivery-policy.js';
import { ERROR_CLASSES, type Outcome } from './outcome.js';
import { settle, type Standing } from './settle.js';

const POLICY = deliveryPolicy();
const { maxAgeMs } = POLICY.retry;
const HOUR_MS = 3_600_000;
const FIRST: Standing = { attempts: 0, roundAttempts: 0, ageMs: 0, isProbe: false };
const TIMEOUT: Outcome = { kind: 'failed', errorClass: 'TIMEOUT', excerpt: undefined };

describe('any outcome', () => {
  const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
    fc.record({
      kind: fc.constant('answered' as const),
      statusCode: fc.integer({ min: 200, max: 599 }),
      retryAfterMs: fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
      excerpt: fc.constant(undefined),
    }),
    fc.record({
      kind: fc.constant('failed' as const),
      errorClass: fc.constantFrom(...ERROR_CLASSES),
      excerpt: fc.constant(undefined),
    }),
    fc.constantFrom<Outcome>(
      { kind: 'committed' },
      { kind: 'interrupted', delayMs: 0 },
      { kind: 'not-started', delayMs: 1_000 },
    ),
  );
  const standings = fc.record({
    attempts: fc.nat({ max: 2_000 }),
    roundAttempts: fc.nat({ max: 30 }),
    ageMs: fc.double({ min: 0, max: maxAgeMs * 2, noNaN: true }),
    isProbe: fc.boolean(),
  });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('ends delivered, dead with a reason, or pending with whole milliseconds to wait', () => {
    fc.assert(
      fc.property(outcomes, standings, random, (outcome, standing, spread) => {
        const { status, delayMs, deadReason, counts, attempt, health } = settle(outcome, standing, POLICY, spread);
        expect(deadReason !== undefined).toBe(status === 'dead');
        if (status === 'pending') expect(Number.isSafeInteger(delayMs) && (delayMs as number) >= 0).toBe(true);
        if (status === 'delivered') expect(health).toBe('alive');
        if (counts) expect(attempt).toMatch(/^(delivered|failed)$/);
        // What is tried again and was an answer or a failure fits into the maximum age.
        if (status === 'pending' && (attempt === 'failed' || attempt === 'deferred')) {
          expect(standing.ageMs + (delayMs as number)).toBeLessThanOrEqual(maxAgeMs);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('waits within the jitter of its schedule, and is tried no more often than it allows', () => {
    const schedules = fc.array(fc.integer({ min: 10, max: 30 * 24 * HOUR_MS }), { maxLength: 20 });
    fc.assert(
      fc.property(
        schedules,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(random, { minLength: 21, maxLength: 21 }),
        (waits, share, spreads) => {
          const policy = { ...POLICY, retry: { scheduleMs: waits, jitter: share, maxAgeMs: Infinity } };
          let attempts = 0;
          for (let alive = true; alive;) {
            const { status, delayMs = -1 } = settle(
              TIMEOUT,
              { ...FIRST, roundAttempts: attempts },
              policy,
              spreads[attempts] ?? 0,
            );
            alive = status === 'pending';
            if (alive) {
              const wait = waits[attempts] as number;
              expect(Number.isInteger(delayMs)).toBe(true);
              expect(Math.abs(delayMs - wait)).toBeLessThanOrEqual(wait * share + 0.5);
            }
            attempts += 1;
          }
          expect(attempts).toBe(waits.length + 1);
        },
      ),
    );
  });

  it('never comes sooner than the destination asked, nor sooner than its own schedule says', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 599 }),
        fc.double({ min: 0, noNaN: true }),
        standings,
        random,
        (statusCode, retryAfterMs, standing, spread) => {
          const answered = { kind: 'answered' as const, statusCode, excerpt: undefined };
          const asked = settle({ ...answered, retryAfterMs }, standing, POLICY, spread);
          const unasked = settle({ ...answered, retryAfterMs: undefined }, standing, POLICY, spread);
          if (asked.status !== 'pending') return;
          const floor = Math.min(Math.max(retryAfterMs, 1_000), 24 * HOUR_MS, Math.floor(maxAgeMs - standing.ageMs));
          expect(asked.delayMs).toBeGreaterThanOrEqual(floor);
          if (asked.attempt === 'failed') expect(asked.delayMs).toBeGreaterThanOrEqual(unasked.delayMs ?? 0);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('has every attempt that its schedule places within the maximum age, however the dice fall', () => {
    const schedules = fc.array(fc.integer({ min: 10, max: 24 * HOUR_MS }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        schedules,
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.array(random, { minLength: 9, maxLength: 9 }),
        (waits, jitter, spreads) => {
          // The schedule just fits; what each attempt itself takes comes on top.
          const retry = { scheduleMs: waits, jitter, maxAgeMs: waits.reduce((all, wait) => all + wait, 0) };
          const policy = { ...POLICY, retry };
          let ageMs = 0;
          for (let attempts = 0; attempts < waits.length; attempts += 1) {
            ageMs += 1;
            const standing = { ...FIRST, attempts, roundAttempts: attempts, ageMs };
            const { status, delayMs = 0 } = settle(TIMEOUT, standing, policy, spreads[attempts] ?? 0);
            // Only a schedule whose earlier waits have used the age up already may end before its last attempt.
            if (ageMs < retry.maxAgeMs) expect(status).toBe('pending');
            else return;
            ageMs += delayMs;
            expect(ageMs).toBeLessThanOrEqual(retry.maxAgeMs);
          }
        },
      ),
    );
  });
});
