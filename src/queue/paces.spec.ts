import { describe, expect, it } from '@jest/globals';
import { Paces } from './paces.js';

describe('Paces', () => {
  it('knows nothing of a destination that nobody has sent to', () => {
    expect(new Paces().of(1, 0)).toEqual({ attemptMs: undefined, claimedMsAgo: Infinity });
  });

  it('believes a slow attempt at once and fast ones only in time', () => {
    const paces = new Paces();
    for (let n = 0; n < 50; n += 1) paces.attempted(1, 2);
    paces.attempted(1, 10_000);
    expect(paces.of(1, 0).attemptMs).toBe(5_001);
    paces.attempted(1, 2);
    expect(paces.of(1, 0).attemptMs).toBeGreaterThan(4_000);
    for (let n = 0; n < 100; n += 1) paces.attempted(1, 2);
    expect(paces.of(1, 0).attemptMs).toBeLessThan(5);
  });

  it('tells how long ago a destination was claimed for, each by itself', () => {
    const paces = new Paces();
    paces.claimed(1, 100);
    expect(paces.of(1, 130).claimedMsAgo).toBe(30);
    expect(paces.of(2, 130).claimedMsAgo).toBe(Infinity);
  });

  it('forgets destinations that are no more', () => {
    const paces = new Paces();
    for (const id of [1, 2]) {
      paces.attempted(id, 5);
      paces.claimed(id, 0);
    }
    paces.keepOnly(new Set([2]));
    expect(paces.of(1, 0)).toEqual({ attemptMs: undefined, claimedMsAgo: Infinity });
    expect(paces.of(2, 0)).toEqual({ attemptMs: 5, claimedMsAgo: 0 });
  });
});
