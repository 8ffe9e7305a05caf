import { describe, expect, it } from '@jest/globals';
import { NUMBERS } from '../activity/activity-counts.js';
import { LATENCY_COUNTS, latencySlot } from '../activity/latencies.js';
import { digestContent } from './digest-content.js';
import { unusual, type DayCounts } from './unusual.js';

function day(counts: Partial<DayCounts> = {}, latencyMs = 10): DayCounts {
  const none = Object.fromEntries(NUMBERS.map((number) => [number, 0])) as Record<(typeof NUMBERS)[number], number>;
  const latencies = Array<number>(LATENCY_COUNTS).fill(0);
  latencies[latencySlot(latencyMs)] = 100;
  return { ...none, latencies, received: 100, ...counts };
}
const week = (counts: Partial<DayCounts> = {}): DayCounts[] => Array.from({ length: 7 }, () => day(counts));

describe('what is unusual in a day', () => {
  it('is nothing when it is like the others', () => {
    expect(unusual(day({ received: 60, dead: 2 }), week())).toEqual([]);
  });

  it('is half or twice of what usually comes', () => {
    expect(unusual(day({ received: 49 }), week())).toEqual(['49 received, usually about 100']);
    expect(unusual(day({ received: 201 }), week())).toEqual(['201 received, usually about 100']);
    expect(unusual(day({ received: 0 }), week())).toEqual(['0 received, usually about 100']);
    expect(unusual(day({ received: 3 }), week({ received: 12 }))).toEqual([]);
  });

  it('is more trouble than there was on any day before', () => {
    expect(unusual(day({ dead: 6, refused: 15 }), week({ refused: 5 }))).toEqual([
      '6 dead, at most 0 on the days before',
    ]);
  });

  it('is twice as slow', () => {
    expect(unusual(day({}, 900), week())).toEqual(['p95 1 s, usually 10 ms']);
    expect(unusual(day({}, 30), week())).toEqual([]);
  });

  it('is nothing yet after two days', () => {
    expect(unusual(day({ received: 0 }), [day(), day()])).toEqual([]);
  });
});

describe('the digest', () => {
  const sum = (kind: 'source' | 'destination', name: string, span: number, counts: Partial<DayCounts> = {}) => ({
    ...day(counts),
    kind,
    name,
    span,
  });

  it('tells of each source and destination, what was unusual below it, and what is wrong now', () => {
    const days = Array.from({ length: 7 }, (_, n) => n + 1);
    const content = digestContent('2026-03-10', {
      sums: [
        sum('source', 'stripe', 0, { received: 10, duplicates: 2, refused: 1 }),
        ...days.map((span) => sum('source', 'stripe', span)),
        sum('destination', 'billing', 0, { received: 0, delivered: 9, retries: 4, dead: 1 }),
      ],
      activeAlerts: ['billing fails.'],
      lostNotices: 0,
    });
    expect(content).toMatchObject({
      kind: 'digest',
      title: 'Hookyard: digest of 2026-03-10',
      lines: [
        'Sources',
        'stripe: 10 received, 2 duplicates, 1 rejected, p95 10 ms',
        '  ⚠ 10 received, usually about 100',
        '',
        'Destinations',
        'billing: 9 delivered, 4 retries, 1 dead, p95 10 ms',
        '',
        'Active alerts',
        '• billing fails.',
      ],
    });
  });

  it('names a source that has sent nothing all day although it usually does', () => {
    const sums = [1, 2, 3, 4].map((span) => sum('source', 'stripe', span));
    const { lines } = digestContent('2026-03-10', { sums, activeAlerts: [], lostNotices: 2 }) as {
      lines: readonly string[];
    };
    expect(lines).toContain('stripe: 0 received, 0 duplicates, 0 rejected');
    expect(lines).toContain('  ⚠ 0 received, usually about 100');
    expect(lines.at(-1)).toMatch(/^2 notices could not be sent/);
  });
});
