import { describe, expect, it } from '@jest/globals';
import type { ActivitySum } from '../activity/activity.store.js';
import { LATENCY_COUNTS } from '../activity/latencies.js';
import { digestContent } from './digest-content.js';

const sum = (kind: ActivitySum['kind'], name: string): ActivitySum => ({
  kind,
  name,
  span: 0,
  received: 7,
  duplicates: 0,
  conflicts: 0,
  refused: 0,
  bytes: 0,
  attempts: 0,
  retries: 0,
  delivered: 7,
  failed: 0,
  dead: 0,
  latencies: Array<number>(LATENCY_COUNTS).fill(0),
});

describe('the digest', () => {
  it('tells of the monitor in one line, and of its events nowhere else', () => {
    const sums = [sum('source', 'hookyard-monitor'), sum('destination', 'hookyard-monitor'), sum('source', 'stripe')];
    const monitor = { passed: 1_438, failed: 2, p95Ms: 12 };
    const content = digestContent('2026-03-10', { sums, activeAlerts: [], lostNotices: 0, monitor });
    const lines = content.kind === 'digest' ? content.lines : [];
    expect(lines.filter((line) => /monitor/i.test(line))).toEqual([
      'Monitor: 1438 of 1440 webhooks of its own came through, p95 12 ms',
    ]);
    expect(lines).toContain('stripe: 7 received, 0 duplicates, 0 rejected');
  });
});
