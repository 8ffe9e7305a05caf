import { describe, expect, it } from '@jest/globals';
import { deliveryPolicy } from '../config/delivery-policy.js';
import type { Outcome } from './outcome.js';
import { settle, type Standing } from './settle.js';

const POLICY = deliveryPolicy();
const { scheduleMs, maxAgeMs } = POLICY.retry;
const FIRST: Standing = { attempts: 0, roundAttempts: 0, ageMs: 0, isProbe: false };
/** In the middle of the jitter: the wait itself. */
const MIDDLE = 0.5;
const answered = (statusCode: number): Outcome => ({
  kind: 'answered',
  statusCode,
  retryAfterMs: undefined,
  excerpt: undefined,
});
const decide = (outcome: Outcome, standing: Partial<Standing> = {}, random = MIDDLE) =>
  settle(outcome, { ...FIRST, ...standing }, POLICY, random);
const TIMEOUT: Outcome = { kind: 'failed', errorClass: 'TIMEOUT', excerpt: undefined };

describe('the schedule', () => {
  it('gives each failed attempt the next wait, and after the last one makes it dead', () => {
    const waits = scheduleMs.map((_, roundAttempts) => decide(TIMEOUT, { roundAttempts }).delayMs);
    expect(waits).toEqual(scheduleMs);
    for (const roundAttempts of [scheduleMs.length, scheduleMs.length + 1, 1_000]) {
      expect(decide(TIMEOUT, { roundAttempts })).toMatchObject({
        status: 'dead',
        deadReason: 'attempts_exhausted',
        delayMs: undefined,
        health: 'failed',
        counts: true,
      });
    }
  });

  it('that is empty grants one attempt', () => {
    const once = { ...POLICY, retry: { ...POLICY.retry, scheduleMs: [] } };
    expect(settle(TIMEOUT, FIRST, once, MIDDLE)).toMatchObject({ status: 'dead', deadReason: 'attempts_exhausted' });
    expect(settle(TIMEOUT, { ...FIRST, isProbe: true }, once, MIDDLE)).toMatchObject({
      status: 'pending',
      delayMs: 0,
      counts: false,
    });
  });

  it('spreads each wait by its jitter, both ways', () => {
    expect(decide(TIMEOUT, {}, 0).delayMs).toBe(800);
    expect(decide(TIMEOUT, {}, 1 - Number.EPSILON).delayMs).toBe(1_200);
  });

  it('ends with the maximum age, even when attempts are left', () => {
    for (const ageMs of [maxAgeMs, maxAgeMs + 1]) {
      expect(decide(TIMEOUT, { ageMs })).toMatchObject({
        status: 'dead',
        deadReason: 'max_age',
        counts: true,
        health: 'failed',
      });
    }
  });

  it('has its last attempt when the maximum age is reached, where jitter or long attempts would have pushed it past', () => {
    expect(decide(TIMEOUT, { ageMs: maxAgeMs - 1_000 }, 0.999).delayMs).toBe(1_000);
    expect(decide(TIMEOUT, { ageMs: maxAgeMs - 400 })).toMatchObject({ status: 'pending', delayMs: 400 });
    expect(decide(TIMEOUT, { ageMs: maxAgeMs - 0.5 })).toMatchObject({ status: 'dead', deadReason: 'max_age' });
  });

  it('has no attempt that it places beyond the maximum age itself', () => {
    const policy = { ...POLICY, retry: { scheduleMs: [1_000, 5_000], jitter: 0.2, maxAgeMs: 5_500 } };
    for (const random of [0, 0.999]) {
      const second = settle(TIMEOUT, { ...FIRST, roundAttempts: 1, ageMs: 1_100 }, policy, random);
      expect(second).toMatchObject({ status: 'dead', deadReason: 'max_age' });
    }
  });
});

describe('a failed probe', () => {
  it('uses no attempt, waits by the attempts made so far, and is a failure', () => {
    expect(decide(TIMEOUT, { isProbe: true, roundAttempts: 2 })).toMatchObject({
      status: 'pending',
      delayMs: scheduleMs[2],
      counts: false,
      attempt: 'failed',
      health: 'failed',
    });
  });

  it('never exhausts its attempts', () => {
    expect(decide(TIMEOUT, { isProbe: true, roundAttempts: 99 })).toMatchObject({
      status: 'pending',
      delayMs: scheduleMs.at(-1),
    });
  });

  it('is bounded by the maximum age', () => {
    expect(decide(TIMEOUT, { isProbe: true, ageMs: maxAgeMs })).toMatchObject({
      status: 'dead',
      deadReason: 'max_age',
      counts: false,
    });
  });

  it('that is rejected or gone ends its delivery, as any other', () => {
    expect(decide(answered(422), { isProbe: true })).toMatchObject({
      status: 'dead',
      deadReason: 'rejected',
      health: 'alive',
    });
    expect(decide(answered(410), { isProbe: true })).toMatchObject({ status: 'dead', deadReason: 'gone' });
  });
});
