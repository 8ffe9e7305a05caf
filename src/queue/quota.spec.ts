import { describe, expect, it } from '@jest/globals';
import { deliveryPolicy } from '../config/delivery-policy.js';
import { allowance, type LiveWork } from './allowance.js';
import { GATE_AT_REST } from './fake-gate.js';
import type { Quota } from './quota.js';
import { QuotaNews } from './quota-news.js';

const POLICY = deliveryPolicy({ limits: { concurrency: 20 } });
const IDLE: LiveWork = { slots: 0, probing: false, rows: 0 };
const quota = (remaining: number, limit: number | undefined = 100, resetMs = 10_000): Quota => ({
  limit,
  remaining,
  resetMs,
});
const claim = (left: Quota, live: Partial<LiveWork> = {}, gate: Partial<typeof GATE_AT_REST> = {}) =>
  allowance({ ...GATE_AT_REST, ...gate, quota: left }, { ...IDLE, ...live }, POLICY);

describe('a destination that tells its rate limit', () => {
  it('far from it gets as much as any other, but no more than it has left', () => {
    expect(claim(quota(5_000, 5_000))).toMatchObject({ rows: 100, slots: 20, tokensBefore: undefined });
    expect(claim(quota(60))).toMatchObject({ rows: 60, slots: 20 });
    expect(claim(quota(60), { rows: 25, slots: 5 })).toMatchObject({ rows: 35, slots: 15 });
  });

  it('near it gets what is left spread over the rest of its window', () => {
    expect(claim(quota(20))).toMatchObject({ rows: 2, tokensBefore: 2 });
    expect(claim(quota(5))).toMatchObject({ rows: 1, tokensBefore: 1 });
    // 5 in 10 s: one each 2 s.
    expect(claim(quota(5), {}, { rateTokens: 0, rateCountedMsAgo: 500 })).toEqual({ waitMs: 1_500 });
    expect(claim(quota(5), {}, { rateTokens: 0, rateCountedMsAgo: 2_000 })).toMatchObject({ rows: 1 });
  });

  it('with nothing left, or all of it under way, waits for the next window', () => {
    expect(claim(quota(0))).toEqual({ waitMs: 10_000 });
    expect(claim(quota(3), { rows: 3, slots: 3 })).toEqual({ waitMs: 10_000 });
  });

  it('without a total is near it with ten left', () => {
    expect(claim({ limit: undefined, remaining: 11, resetMs: 10_000 })).toMatchObject({
      rows: 11,
      tokensBefore: undefined,
    });
    expect(claim({ limit: undefined, remaining: 10, resetMs: 10_000 })).toMatchObject({ rows: 1, tokensBefore: 1 });
  });

  it('is never sent more than its own policy allows', () => {
    const slow = deliveryPolicy({ limits: { rate: '1/s' } });
    expect(allowance({ ...GATE_AT_REST, quota: quota(90) }, IDLE, slow)).toMatchObject({ rows: 1, tokensBefore: 1 });
  });
});

describe('what is worth noting of a rate limit', () => {
  it('is the first word, what is low, each twentieth, and a word each ten seconds', () => {
    const news = new QuotaNews();
    expect(news.isNews(1, quota(1_000, 1_000), 0)).toBe(true);
    expect(news.isNews(1, quota(951, 1_000), 1)).toBe(false);
    expect(news.isNews(1, quota(950, 1_000), 2)).toBe(true);
    expect(news.isNews(1, quota(949, 1_000), 10_001)).toBe(false);
    expect(news.isNews(1, quota(948, 1_000), 10_002)).toBe(true);
    expect(news.isNews(1, quota(200, 1_000), 10_003)).toBe(true);
    expect(news.isNews(1, quota(200, 1_000), 10_004)).toBe(true);
    // The window began anew: that is news too.
    expect(news.isNews(1, quota(1_000, 1_000), 10_005)).toBe(true);
    expect(news.isNews(1, quota(999, 1_000), 10_006)).toBe(false);
    expect(news.isNews(2, quota(999, 1_000), 10_006)).toBe(true);
  });

  it('is remembered of a bounded number of destinations', () => {
    const news = new QuotaNews(2);
    for (const destinationId of [1, 2, 3]) expect(news.isNews(destinationId, quota(1_000, 1_000), 0)).toBe(true);
    expect(news.size).toBeLessThanOrEqual(2);
    expect(news.isNews(3, quota(1_000, 1_000), 1)).toBe(false);
  });
});
