import { describe, expect, it } from '@jest/globals';
import { DEFAULT_ALERTS } from '../../config/alerts-schema.js';
import type { MonitorFacts } from '../facts/monitor-facts.js';
import { monitorFailing } from './monitor-failing.js';

const NOW = new Date('2026-03-10T12:00:00Z');
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1_000);
const facts = (more: Partial<MonitorFacts>): MonitorFacts => ({
  settings: { intervalMs: 60_000, withinMs: 30_000 },
  failed: 0,
  failingSince: null,
  reason: null,
  statusCode: null,
  errorClass: null,
  dueAt: ago(-30),
  ...more,
});
const seen = (...all: MonitorFacts[]): string[] =>
  monitorFailing.observe(all, { now: NOW, settings: DEFAULT_ALERTS }).map(({ summary }) => summary);

describe('the alert of the monitor', () => {
  it('comes at the second failure running, and says what became of the last', () => {
    const failing = { failingSince: ago(120), reason: 'unhandled' };
    expect(seen(facts({ ...failing, failed: 1 }))).toEqual([]);
    expect(seen(facts({ ...failing, failed: 2 }))).toEqual([
      "The monitor's webhook is accepted, but not handled within 30s.",
    ]);
    expect(seen(facts({ ...failing, failed: 2, reason: 'refused', statusCode: 503 }))).toEqual([
      "The monitor's webhook is refused with HTTP 503.",
    ]);
    expect(seen(facts({ ...failing, failed: 2, reason: 'unanswered', errorClass: 'TIMEOUT' }))).toEqual([
      "The monitor's webhook is not answered (TIMEOUT).",
    ]);
  });

  it('wakes somebody up, from the first failure on', () => {
    const failing = facts({ failingSince: ago(600), reason: 'unhandled', failed: 9 });
    const [observation] = monitorFailing.observe([failing], { now: NOW, settings: DEFAULT_ALERTS });
    expect(observation).toMatchObject({ severity: 'critical', since: ago(600), count: 9 });
  });

  it('comes when nobody sends for two intervals and a minute', () => {
    expect(seen(facts({ dueAt: ago(180) }))).toEqual([]);
    expect(seen(facts({ dueAt: ago(181) }))).toEqual([expect.stringContaining('is not sent')]);
  });

  it('is none where there is no monitor, or it has never sent', () => {
    expect(seen()).toEqual([]);
    expect(seen(facts({ dueAt: null }))).toEqual([]);
  });
});
