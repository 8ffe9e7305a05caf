import { describe, expect, it } from '@jest/globals';
import { TokenBuckets } from './token-buckets.js';

describe('TokenBuckets', () => {
  let now = 0;
  const buckets = (most?: number): TokenBuckets => new TokenBuckets(3, 0.5, most, () => now);

  it('lets a burst pass, then as many as come back per second, and says how long to wait', () => {
    const limit = buckets();
    expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([0, 0, 0, 2]);
    now += 1_000;
    expect(limit.wait('a')).toBe(1);
    now += 1_000;
    expect([limit.take('a'), limit.take('a')]).toEqual([0, 2]);
  });

  it('never holds more than its capacity, however long nobody came', () => {
    const limit = buckets();
    limit.take('a');
    now += 3_600_000;
    expect([1, 2, 3, 4].map(() => limit.take('a') === 0)).toEqual([true, true, true, false]);
  });

  it('counts each name alone', () => {
    const limit = buckets();
    while (limit.take('a') === 0);
    expect([limit.wait('a') > 0, limit.wait('b')]).toEqual([true, 0]);
  });

  it('remembers no more names than it may, and forgets the one longest unused', () => {
    const limit = buckets(2);
    for (let n = 0; n < 3; n += 1) limit.take('spent');
    limit.take('b');
    expect(limit.wait('spent')).toBeGreaterThan(0);
    for (let n = 0; n < 1_000; n += 1) limit.take(`stranger ${n}`);
    expect([limit.size, limit.wait('spent')]).toEqual([2, 0]);
  });
});
