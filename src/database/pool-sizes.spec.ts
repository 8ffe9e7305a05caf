import { describe, expect, it } from '@jest/globals';
import { connectionsNeeded, poolSizes, SMALLEST_POOL_MAX } from './pool-sizes.js';

describe('poolSizes', () => {
  it('splits the default of 30 as documented', () => {
    expect(poolSizes(30)).toEqual({ intake: 3, work: 7, handlers: 8, queue: 6, api: 6 });
  });

  it('counts what BullMQ opens: its pools and two that listen, and nothing when the queue is on Redis', () => {
    expect([connectionsNeeded(30, true), connectionsNeeded(30, false)]).toEqual([32, 24]);
  });

  it('gives out all connections and no more, and each use enough to work with', () => {
    for (let max = SMALLEST_POOL_MAX; max <= 500; max += 1) {
      const sizes = poolSizes(max);
      expect(Object.values(sizes).reduce((sum, size) => sum + size, 0)).toBe(max);
      // Two statements in flight each; settling also moves gates while the relay claims.
      expect(sizes.intake).toBeGreaterThanOrEqual(2);
      expect(sizes.work).toBeGreaterThanOrEqual(3);
      for (const size of [sizes.handlers, sizes.queue, sizes.api]) expect(size).toBeGreaterThanOrEqual(2);
    }
  });
});
