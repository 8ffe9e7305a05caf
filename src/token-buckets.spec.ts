import { describe, expect, it } from '@jest/globals';
import { type RateLimit, TokenBuckets } from './token-buckets.js';

describe('TokenBuckets', () => {
  let now = 0;
  const limit: RateLimit = { ratePerSecond: 0.5, burst: 3 };
  const buckets = (most?: number): TokenBuckets => new TokenBuckets(most, () => now);
  const takeAll = (of: TokenBuckets, name: string, limited = limit): number => {
    let n = 0;
    while (of.take(name, limited) === 0) n += 1;
    return n;
  };

  it('lets a burst pass, then as many as come back per second, and says how long to wait', () => {
    const of = buckets();
    expect([1, 2, 3, 4].map(() => of.take('a', limit))).toEqual([0, 0, 0, 2]);
    now += 1_000;
    expect(of.wait('a', limit)).toBe(1);
    now += 1_000;
    expect([of.take('a', limit), of.take('a', limit)]).toEqual([0, 2]);
  });

  it('lets in what it promises over time, however often it is asked in between', () => {
    const of = buckets();
    takeAll(of, 'a');
    let passed = 0;
    for (let n = 0; n < 1_000; n += 1) {
      now += 100;
      if (of.take('a', limit) === 0) passed += 1;
    }
    // A hundred seconds.
    expect(passed).toBeGreaterThanOrEqual(49);
    expect(passed).toBeLessThanOrEqual(50);
  });

  it('never holds more than its burst, however long nobody came', () => {
    const of = buckets();
    of.take('a', limit);
    now += 3_600_000;
    expect(takeAll(of, 'a')).toBe(3);
  });

  it('counts each name alone', () => {
    const of = buckets();
    takeAll(of, 'a');
    expect([of.wait('a', limit) > 0, of.wait('b', limit)]).toEqual([true, 0]);
  });

  it('gives the room of a raised limit at once', () => {
    const of = buckets();
    takeAll(of, 'a');
    expect(takeAll(of, 'a', { ratePerSecond: 1 / 3_600, burst: 10 })).toBe(7);
  });

  it('shuts the door for no longer than one token takes when a limit is lowered', () => {
    const of = buckets();
    takeAll(of, 'a', { ratePerSecond: 100, burst: 1_000 });
    expect(of.wait('a', limit)).toBe(2);
  });

  it('remembers no more names than it may, and forgets the one longest unused', () => {
    const of = buckets(2);
    takeAll(of, 'spent');
    of.take('b', limit);
    expect(of.wait('spent', limit)).toBeGreaterThan(0);
    for (let n = 0; n < 1_000; n += 1) of.take(`stranger ${n}`, limit);
    expect([of.size, of.wait('spent', limit)]).toEqual([2, 0]);
  });
});
