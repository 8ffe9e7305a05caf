import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { BacklogGauges } from './backlog-gauges.js';
import { Metrics } from './metrics.js';
import { Scrapes } from './scrapes.js';

describe('scrapes', () => {
  let looks: number;
  let metrics: Metrics;
  let scrapes: Scrapes;
  beforeEach(() => {
    looks = 0;
    metrics = new Metrics();
    const refresh = (): Promise<void> => Promise.resolve(void (looks += 1));
    scrapes = new Scrapes(metrics, { refresh } as unknown as BacklogGauges);
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const conflicts = async (): Promise<string | undefined> =>
    /hookyard_conflicts_total\{source="a"\} (\d+)/.exec(Buffer.concat([...(await scrapes.read())]).toString())?.[1];

  it('of many who ask at once cost as much as one', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => scrapes.read()));
    expect(new Set(answers).size).toBe(1);
    expect(looks).toBe(1);
  });

  it('are a second old at most', async () => {
    metrics.conflicts.inc({ source: 'a' });
    expect(await conflicts()).toBe('1');
    metrics.conflicts.inc({ source: 'a' });
    jest.advanceTimersByTime(999);
    expect(await conflicts()).toBe('1');
    jest.advanceTimersByTime(1);
    expect(await conflicts()).toBe('2');
    expect(looks).toBe(2);
  });

  it('tell of the process too', async () => {
    expect(Buffer.concat([...(await scrapes.read())]).toString()).toMatch(/^process_cpu_seconds_total /m);
  });
});
