import { describe, expect, it } from '@jest/globals';
import type { StatusRule } from '../config/config.js';
import { deliveryPolicy } from '../config/delivery-policy.js';
import { ERROR_CLASSES, type Outcome } from './outcome.js';
import { notStarted, settle, type Settlement, type Standing } from './settle.js';

const POLICY = deliveryPolicy();
const { scheduleMs, maxAgeMs } = POLICY.retry;
const HOUR_MS = 3_600_000;
const FIRST: Standing = { attempts: 0, roundAttempts: 0, ageMs: 0, isProbe: false };
const NOTHING: Settlement = {
  status: 'pending',
  delayMs: undefined,
  deadReason: undefined,
  attempt: undefined,
  counts: false,
  statusCode: undefined,
  errorClass: undefined,
  health: 'none',
  deferMs: undefined,
  gone: false,
};
/** In the middle of the jitter: the wait itself. */
const MIDDLE = 0.5;

const answered = (statusCode: number, retryAfterMs?: number): Outcome => ({
  kind: 'answered',
  statusCode,
  retryAfterMs,
  excerpt: undefined,
});
const decide = (outcome: Outcome, standing: Partial<Standing> = {}, random = MIDDLE) =>
  settle(outcome, { ...FIRST, ...standing }, POLICY, random);

describe('an answer', () => {
  it.each([200, 201, 202, 204, 226, 299])('%i delivers', (statusCode) => {
    for (const isProbe of [false, true]) {
      const delivered = {
        ...NOTHING,
        status: 'delivered',
        attempt: 'delivered',
        counts: true,
        statusCode,
        health: 'alive',
      };
      expect(decide(answered(statusCode), { isProbe, roundAttempts: 50, ageMs: maxAgeMs * 2 })).toEqual(delivered);
      expect(decide(answered(statusCode, 60_000), { isProbe })).toEqual(delivered);
    }
  });

  it.each([400, 413, 415, 422])('%i is dead at once: the request is at fault, the destination lives', (statusCode) => {
    expect(decide(answered(statusCode))).toEqual({
      ...NOTHING,
      status: 'dead',
      deadReason: 'rejected',
      attempt: 'failed',
      counts: true,
      statusCode,
      errorClass: 'HTTP_4XX',
      health: 'alive',
    });
  });

  it('410 is dead at once, and the destination gone', () => {
    expect(decide(answered(410))).toMatchObject({
      status: 'dead',
      deadReason: 'gone',
      gone: true,
      health: 'alive',
      counts: true,
    });
  });

  it.each([
    [300, 'HTTP_3XX'],
    [301, 'HTTP_3XX'],
    [307, 'HTTP_3XX'],
    [401, 'HTTP_4XX'],
    [403, 'HTTP_4XX'],
    [404, 'HTTP_4XX'],
    [405, 'HTTP_4XX'],
    [408, 'HTTP_4XX'],
    [409, 'HTTP_4XX'],
    [418, 'HTTP_4XX'],
    [425, 'HTTP_4XX'],
    [500, 'HTTP_5XX'],
    [502, 'HTTP_5XX'],
    [503, 'HTTP_5XX'],
    [504, 'HTTP_5XX'],
    [529, 'HTTP_5XX'],
  ])('%i is tried again', (statusCode, errorClass) => {
    expect(decide(answered(statusCode))).toEqual({
      ...NOTHING,
      status: 'pending',
      delayMs: scheduleMs[0],
      attempt: 'failed',
      counts: true,
      statusCode,
      errorClass,
      health: 'failed',
    });
  });

  it.each([
    [429, undefined, 30_000],
    [429, 0, 1_000],
    [429, 90_000, 90_000],
    [429, 1e12, 24 * HOUR_MS],
    [429, Infinity, 24 * HOUR_MS],
    [503, 0, 1_000],
    [503, 5_000, 5_000],
    [503, 1e12, 24 * HOUR_MS],
  ])(
    '%i with Retry-After of %j ms is quiet for %i ms, without an attempt or a failure',
    (statusCode, retryAfterMs, deferMs) => {
      for (const roundAttempts of [0, 9, 1_000]) {
        expect(decide(answered(statusCode, retryAfterMs), { roundAttempts })).toEqual({
          ...NOTHING,
          status: 'pending',
          delayMs: deferMs,
          deferMs,
          attempt: 'deferred',
          statusCode,
          errorClass: statusCode === 429 ? 'HTTP_4XX' : 'HTTP_5XX',
        });
      }
    },
  );

  it.each([
    [0, 1_000],
    [1, 2_000],
    [4, 16_000],
    [8, 256_000],
    [9, 300_000],
    [5_000, 300_000],
  ])('429 after %i uncounted attempts comes back after %i ms, though it asks for one second', (uncounted, delayMs) => {
    const decided = decide(answered(429, 1_000), { attempts: uncounted + 3, roundAttempts: 3 });
    expect(decided).toMatchObject({ status: 'pending', attempt: 'deferred', delayMs, deferMs: 1_000, counts: false });
    expect(decide(answered(429, 600_000), { attempts: uncounted }).delayMs).toBe(600_000);
  });

  it.each([
    [500, 10_000, 0, 10_000],
    [404, 10_000, 0, 10_000],
    [500, 10, 0, 1_000],
    [500, 1e15, 0, 24 * HOUR_MS],
    [500, 1_000, 4, 256_000],
  ])('%i with Retry-After of %j ms lengthens a wait and shortens none', (statusCode, retryAfterMs, made, delayMs) => {
    expect(decide(answered(statusCode, retryAfterMs), { roundAttempts: made })).toMatchObject({
      status: 'pending',
      delayMs,
      counts: true,
      deferMs: undefined,
      health: 'failed',
    });
  });

  it('means what the destination’s own rules say, a status before its class', () => {
    const statuses: StatusRule[] = [
      { from: 400, to: 499, verdict: 'dead' },
      { from: 404, to: 404, verdict: 'retry' },
      { from: 403, to: 403, verdict: 'pause' },
      { from: 501, to: 501, verdict: 'dead' },
    ];
    const ruled = (statusCode: number) => settle(answered(statusCode), FIRST, { ...POLICY, statuses }, MIDDLE);
    expect(ruled(404)).toMatchObject({ status: 'pending', counts: true });
    expect(ruled(401)).toMatchObject({ status: 'dead', deadReason: 'rejected', health: 'alive' });
    expect(ruled(410)).toMatchObject({ status: 'dead', deadReason: 'rejected', gone: false });
    expect(ruled(403)).toMatchObject({ status: 'dead', deadReason: 'gone', gone: true });
    expect(ruled(501)).toMatchObject({ status: 'dead', deadReason: 'rejected', health: 'failed' });
    expect(ruled(500)).toMatchObject({ status: 'pending', health: 'failed' });
    expect(ruled(429)).toMatchObject({ status: 'pending', attempt: 'deferred' });
    expect(ruled(204).status).toBe('delivered');
  });

  it('that asks for quiet beyond the maximum age makes it dead, and is still heeded', () => {
    const late = decide(answered(429, 10_000), { ageMs: maxAgeMs - 9_999 });
    expect(late).toMatchObject({
      status: 'dead',
      deadReason: 'max_age',
      deferMs: 10_000,
      health: 'none',
      counts: false,
    });
    expect(decide(answered(429, 10_000), { ageMs: maxAgeMs - 10_000 }).status).toBe('pending');
  });

  it('other than 429 and 503 quiets nothing but its own delivery by Retry-After', () => {
    for (const statusCode of [301, 404, 500, 502]) {
      expect(decide(answered(statusCode, 60_000))).toMatchObject({ deferMs: undefined, delayMs: 60_000 });
    }
  });

  it('that fails and asks for more time than is left has its last attempt at the last moment', () => {
    expect(decide(answered(500, 60_000), { ageMs: maxAgeMs - 5_000 })).toMatchObject({
      status: 'pending',
      delayMs: 5_000,
    });
  });
});

describe('no answer', () => {
  it.each(ERROR_CLASSES.filter((name) => name !== 'BODY_MISSING'))(
    '%s is tried again and is the destination’s failure',
    (errorClass) => {
      expect(decide({ kind: 'failed', errorClass, excerpt: undefined })).toEqual({
        ...NOTHING,
        status: 'pending',
        delayMs: scheduleMs[0],
        attempt: 'failed',
        counts: true,
        errorClass,
        health: 'failed',
      });
    },
  );

  it('for want of our own body is dead, and nobody else’s failure', () => {
    const missing = decide({ kind: 'failed', errorClass: 'BODY_MISSING', excerpt: undefined });
    expect(missing).toEqual({
      ...NOTHING,
      status: 'dead',
      deadReason: 'body_missing',
      attempt: 'failed',
      errorClass: 'BODY_MISSING',
    });
  });
});

describe('what is no attempt', () => {
  it('a committed handler is delivered; its record is written already', () => {
    expect(decide({ kind: 'committed' })).toEqual({ ...NOTHING, status: 'delivered', health: 'alive' });
  });

  it('an interruption is recorded, uses nothing and is tried again, however often', () => {
    const interrupted = { ...NOTHING, status: 'pending', delayMs: 7, attempt: 'interrupted' };
    expect(decide({ kind: 'interrupted', delayMs: 7 }, { roundAttempts: 99, ageMs: maxAgeMs - 7 })).toEqual(
      interrupted,
    );
  });

  it('an interruption past the maximum age is the last', () => {
    expect(decide({ kind: 'interrupted', delayMs: 7 }, { roundAttempts: 0, ageMs: maxAgeMs })).toMatchObject({
      status: 'dead',
      deadReason: 'max_age',
      attempt: 'interrupted',
      counts: false,
    });
  });

  it('what never started goes back as if it had never been claimed', () => {
    expect(decide({ kind: 'not-started', delayMs: 7 })).toEqual({ ...NOTHING, delayMs: 7 });
    expect(notStarted(0)).toEqual({ ...NOTHING, delayMs: 0 });
  });
});
