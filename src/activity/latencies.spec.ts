import { describe, expect, it } from '@jest/globals';
import { LATENCY_BOUNDS_MS, LATENCY_COUNTS, latencySlot, quantileMs } from './latencies.js';

function histogram(latencies: readonly number[]): number[] {
  const counts = Array<number>(LATENCY_COUNTS).fill(0);
  for (const ms of latencies) counts[latencySlot(ms)] = (counts[latencySlot(ms)] ?? 0) + 1;
  return counts;
}

describe('a histogram of latencies', () => {
  it('has its bounds in order, each in its own slot', () => {
    expect([...LATENCY_BOUNDS_MS].toSorted((a, b) => a - b)).toEqual(LATENCY_BOUNDS_MS);
    expect(LATENCY_BOUNDS_MS.map(latencySlot)).toEqual(LATENCY_BOUNDS_MS.map((_, slot) => slot));
    expect(latencySlot(0)).toBe(0);
    expect(latencySlot(1e12)).toBe(LATENCY_COUNTS - 1);
  });

  it('gives quantiles that are never better than the truth', () => {
    const latencies = Array.from({ length: 100 }, (_, n) => n + 1);
    expect(quantileMs(histogram(latencies), 0.5)).toBe(50);
    expect(quantileMs(histogram(latencies), 0.95)).toBe(100);
    expect(quantileMs(histogram([...Array<number>(19).fill(2), 900]), 0.95)).toBe(2);
    expect(quantileMs(histogram([...Array<number>(18).fill(2), 900, 900]), 0.95)).toBe(1_000);
  });

  it('says so when nothing was counted, or it took longer than can be told', () => {
    expect(quantileMs(histogram([]), 0.95)).toBeUndefined();
    expect(quantileMs(histogram([1e12]), 0.95)).toBe(Infinity);
  });
});
