import { describe, expect, it } from '@jest/globals';
import type { Silence } from '../../config/config.js';
import type { SourceFacts } from '../facts/source-facts.js';
import type { Judging } from '../rule.js';
import { rejectionSpike } from './rejection-spike.js';
import { silenceLimitMs, sourceSilent } from './source-silent.js';

const HOUR_MS = 3_600_000;
const NOW = new Date('2026-03-10T12:00:00Z');
const stripe: SourceFacts = {
  name: 'stripe',
  lastAt: new Date(NOW.getTime() - 5 * HOUR_MS),
  silentSince: null,
  longestGapMs: 2 * HOUR_MS,
  historyMs: 100 * HOUR_MS,
  events: 500,
  refusedNow: 0,
  refusedUsually: 0,
};
const judging = (silence: Silence, bySource: [string, Silence][] = []): Judging => ({
  now: NOW,
  settings: {
    webhook: undefined,
    quietHours: undefined,
    oldestOverdueMs: 0,
    silentSources: { default: silence, bySource: new Map(bySource) },
  },
});

describe('a silent source', () => {
  it('has sent nothing for twice its longest gap', () => {
    const [seen] = sourceSilent.observe([stripe], judging('auto'));
    expect(seen).toMatchObject({ subject: 'stripe', since: stripe.lastAt });
    const usual = { ...stripe, lastAt: new Date(NOW.getTime() - 3.9 * HOUR_MS) };
    expect(sourceSilent.observe([usual], judging('auto'))).toEqual([]);
  });

  it('is never the monitor, which has an alert of its own', () => {
    expect(sourceSilent.observe([{ ...stripe, name: 'hookyard-monitor' }], judging(HOUR_MS))).toEqual([]);
    expect(sourceSilent.observe([stripe], judging(HOUR_MS))).toHaveLength(1);
  });

  it('is one that usually is not, for an hour at least', () => {
    expect(silenceLimitMs({ ...stripe, longestGapMs: 1_000 }, 'auto')).toBe(HOUR_MS);
  });

  it('is unknown until there are three days and fifty events to judge by', () => {
    expect(silenceLimitMs({ ...stripe, historyMs: 71 * HOUR_MS }, 'auto')).toBeUndefined();
    expect(silenceLimitMs({ ...stripe, events: 49 }, 'auto')).toBeUndefined();
    expect(silenceLimitMs({ ...stripe, events: 50, historyMs: 72 * HOUR_MS }, 'auto')).toBe(4 * HOUR_MS);
  });

  it('is what the configuration says, for one or for all', () => {
    expect(sourceSilent.observe([stripe], judging('off'))).toEqual([]);
    expect(sourceSilent.observe([{ ...stripe, events: 1 }], judging(HOUR_MS))).toHaveLength(1);
    expect(sourceSilent.observe([stripe], judging('off', [['stripe', 6 * HOUR_MS]]))).toEqual([]);
    expect(sourceSilent.observe([stripe], judging('off', [['stripe', 4 * HOUR_MS]]))).toHaveLength(1);
  });

  it('stays silent until something comes, although its habits are forgotten meanwhile', () => {
    const forgotten = { ...stripe, lastAt: null, silentSince: stripe.lastAt, events: 0, historyMs: 0, longestGapMs: 0 };
    expect(sourceSilent.observe([forgotten], judging('auto'))).toEqual([
      expect.objectContaining({ since: stripe.lastAt }),
    ]);
    expect(sourceSilent.observe([forgotten], judging('off'))).toEqual([]);
    expect(sourceSilent.observe([{ ...forgotten, lastAt: NOW }], judging('auto'))).toEqual([]);
  });

  it('is none that never sent anything', () => {
    expect(sourceSilent.observe([{ ...stripe, lastAt: null }], judging(HOUR_MS))).toEqual([]);
  });
});

describe('a spike of refusals', () => {
  const seen = (refusedNow: number, refusedUsually: number): number =>
    rejectionSpike.observe([{ ...stripe, refusedNow, refusedUsually }], judging('auto')).length;

  it('is far more than usual, and not a handful', () => {
    expect([seen(29, 0), seen(30, 0), seen(100, 20), seen(101, 20)]).toEqual([0, 1, 0, 1]);
  });
});
