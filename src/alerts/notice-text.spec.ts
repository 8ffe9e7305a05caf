import { describe, expect, it } from '@jest/globals';
import type { ToldAlert } from './notice.js';
import { noticeText } from './notice-text.js';

const alert = (more: Partial<ToldAlert> = {}): ToldAlert => ({
  key: 'breaker_open:billing',
  status: 'active',
  severity: 'warning',
  summary: 'billing fails.',
  action: 'GET /api/v1/destinations/billing',
  section: 'a-breaker-stays-open',
  since: '2026-03-10T12:00:00.000Z',
  resolvedAt: null,
  count: 7,
  ...more,
});

describe('the text of a notice', () => {
  it('says what, since when, how many, what to do and where to read on', () => {
    expect(noticeText({ kind: 'fired', alerts: [alert()] }, 4096)).toBe(
      [
        '🟠 billing fails.',
        '',
        'Since: 2026-03-10 12:00 UTC, 7 times',
        'Do: GET /api/v1/destinations/billing',
        'Runbook: docs/operating.md#a-breaker-stays-open',
      ].join('\n'),
    );
    expect(noticeText({ kind: 'fired', alerts: [alert({ severity: 'critical', count: 1 })] }, 4096)).toMatch(
      /^🔴 [^]+UTC\n/,
    );
  });

  it('says when it was over', () => {
    const over = alert({ status: 'resolved', resolvedAt: '2026-03-10T13:30:00.000Z' });
    expect(noticeText({ kind: 'resolved', alerts: [over] }, 4096)).toBe(
      '✅ Over: billing fails.\n\nFrom 2026-03-10 12:00 UTC to 2026-03-10 13:30 UTC',
    );
  });

  it('never is longer than it may be, and says how much was left out', () => {
    const alerts = Array.from({ length: 200 }, (_, n) => alert({ summary: `destination-${n} fails.` }));
    const text = noticeText({ kind: 'summary', alerts }, 4096);
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(text).toMatch(/^Hookyard: 200 active, 0 over\n[^]+… and \d+ more lines$/);
  });

  it('is cut between characters', () => {
    for (const limit of [100, 101]) {
      const text = noticeText({ kind: 'fired', alerts: [alert({ summary: '😀'.repeat(3_000) })] }, limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(text.isWellFormed()).toBe(true);
    }
  });
});
