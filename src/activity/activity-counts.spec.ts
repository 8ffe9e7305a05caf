import { describe, expect, it } from '@jest/globals';
import type { AttemptLine } from '../telemetry/event-log.js';
import { ActivityCounts } from './activity-counts.js';

const attempt = (more: Partial<AttemptLine>): AttemptLine => ({
  deliveryId: '',
  eventId: '',
  destination: 'billing',
  type: 'x',
  attempt: 1,
  outcome: 'delivered',
  status: 'delivered',
  statusCode: 200,
  errorClass: undefined,
  durationMs: 3,
  sinceReceivedMs: 12,
  nextInMs: undefined,
  target: '',
  ...more,
});

describe('the counts of a process', () => {
  it('tell first attempts from retries, and failures from the end of a delivery', () => {
    const counts = new ActivityCounts();
    counts.attempted(attempt({ outcome: 'failed', status: 'pending' }));
    counts.attempted(attempt({ attempt: 2, outcome: 'failed', status: 'dead' }));
    counts.attempted(attempt({ attempt: 3 }));
    const [billing] = counts.take();
    expect(billing).toMatchObject({ attempts: 3, retries: 2, failed: 2, dead: 1, delivered: 1 });
    expect(billing?.latencies.reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it('do not take a forgery for a sign of life', () => {
    const counts = new ActivityCounts();
    counts.refused('stripe');
    expect(counts.take()).toEqual([expect.objectContaining({ name: 'stripe', refused: 1, lastAt: undefined })]);
    counts.stored('stripe', { received: 0, duplicates: 1, conflicts: 0 }, 100, 5);
    expect(counts.take()).toEqual([
      expect.objectContaining({ duplicates: 1, bytes: 0, lastAt: expect.any(Number) as unknown }),
    ]);
  });

  it('keep a source and a destination of the same name apart', () => {
    const counts = new ActivityCounts();
    counts.stored('billing', { received: 1, duplicates: 0, conflicts: 0 }, 7, 5);
    counts.attempted(attempt({}));
    expect(counts.take().map(({ kind }) => kind)).toEqual(['source', 'destination']);
  });

  it('lose nothing when they are given back', () => {
    const counts = new ActivityCounts();
    counts.stored('stripe', { received: 2, duplicates: 1, conflicts: 1 }, 50, 5);
    const taken = counts.take();
    expect(counts.take()).toEqual([]);
    counts.stored('stripe', { received: 1, duplicates: 0, conflicts: 0 }, 7, 5);
    counts.giveBack(taken);
    const [stripe] = counts.take();
    expect(stripe).toMatchObject({ received: 3, duplicates: 1, conflicts: 1, bytes: 57 });
    expect(stripe?.latencies.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('have an end, however many names there are', () => {
    const counts = new ActivityCounts();
    for (let n = 0; n < 10_050; n += 1) counts.refused(`source-${n}`);
    expect(counts.take()).toHaveLength(10_000);
  });
});
