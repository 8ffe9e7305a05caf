import { describe, expect, it } from '@jest/globals';
import { SampleQuota } from './sample-quota.js';

describe('SampleQuota', () => {
  const quotaThatTells = () => {
    const skipped: [string, number][] = [];
    return { quota: new SampleQuota((source, count) => skipped.push([source, count])), skipped };
  };
  const taken = (quota: SampleQuota, times: number, isNearMiss: boolean, nowMs = 0, source = 'a') =>
    Array.from({ length: times }, () => quota.take(source, isNearMiss, nowMs)).filter(Boolean).length;

  it('samples twenty of a flood, and keeps half of them for near misses', () => {
    const { quota } = quotaThatTells();
    expect(taken(quota, 100_000, false)).toBe(10);
    expect(taken(quota, 100_000, true)).toBe(10);
    expect(taken(quota, 1, false)).toBe(0);
  });

  it('gives near misses the whole when nothing else comes', () => {
    const { quota } = quotaThatTells();
    expect([taken(quota, 100, true), taken(quota, 1, false)]).toEqual([20, 0]);
  });

  it('counts for each source alone', () => {
    const { quota } = quotaThatTells();
    taken(quota, 100, true);
    expect(taken(quota, 100, true, 0, 'b')).toBe(20);
  });

  it('starts anew with each minute, and tells what it left out of the last', () => {
    const { quota, skipped } = quotaThatTells();
    taken(quota, 25, true, 59_999);
    taken(quota, 20, true, 59_999, 'b');
    expect(taken(quota, 25, true, 60_000)).toBe(20);
    expect(skipped).toEqual([['a', 5]]);
    quota.turn(120_000);
    expect(skipped).toEqual([
      ['a', 5],
      ['a', 5],
    ]);
  });
});
