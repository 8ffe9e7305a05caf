import { describe, expect, it } from '@jest/globals';
import { advanceAlert, isUntold } from './advance-alert.js';
import type { Alert, Observation } from './alert.js';
import { tell } from './tell.js';

const rule = { rule: 'breaker_open', section: 'a-breaker-stays-open', clearAfterMs: 60_000 };
const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
const seen = (since: number, count = 1, more: Partial<Observation> = {}): Observation => ({
  subject: 'billing',
  severity: 'warning',
  summary: 'the breaker is open',
  action: 'look',
  since: at(since),
  count,
  ...more,
});
const told = (alert: Alert | undefined, how: Alert['told']): Alert => ({ ...(alert as Alert), told: how });

describe('an alert', () => {
  it('comes once and counts while it lasts, from when it began', () => {
    const first = advanceAlert(undefined, seen(5, 3), rule, at(10));
    expect(first).toMatchObject({
      key: 'breaker_open:billing',
      status: 'active',
      firings: 1,
      count: 3,
      told: 'nothing',
    });
    const later = advanceAlert(told(first, 'fired'), seen(20, 7), rule, at(25));
    expect(later).toMatchObject({
      status: 'active',
      firings: 1,
      count: 7,
      since: at(5),
      told: 'fired',
      seenAt: at(25),
    });
    expect(advanceAlert(later, seen(20, 2), rule, at(40))?.count).toBe(7);
    expect(isUntold(later as Alert)).toBe(false);
  });

  it('is over only when its cause has been away for a while', () => {
    const active = told(advanceAlert(undefined, seen(0), rule, at(0)), 'fired');
    expect(advanceAlert(active, undefined, rule, at(59))).toBe(active);
    const flickering = advanceAlert(active, seen(0), rule, at(59)) as Alert;
    expect(advanceAlert(flickering, undefined, rule, at(100))).toBe(flickering);
    const over = advanceAlert(flickering, undefined, rule, at(119)) as Alert;
    expect(over).toMatchObject({ status: 'resolved', resolvedAt: at(119) });
    expect(isUntold(over)).toBe(true);
    expect(advanceAlert(over, undefined, rule, at(500))).toBe(over);
  });

  it('comes anew after it was over', () => {
    const over: Alert = {
      ...told(advanceAlert(undefined, seen(0), rule, at(0)), 'resolved'),
      status: 'resolved',
      resolvedAt: at(100),
    };
    const again = advanceAlert(over, seen(200), rule, at(210));
    expect(again).toMatchObject({
      status: 'active',
      firings: 2,
      since: at(200),
      told: 'nothing',
      resolvedAt: undefined,
    });
  });

  it('is nothing while there is nothing', () => {
    expect(advanceAlert(undefined, undefined, rule, at(0))).toBeUndefined();
  });
});

describe('what people are told', () => {
  const alert = (subject: string, more: Partial<Alert> = {}): Alert => ({
    ...(advanceAlert(undefined, seen(0, 1, { subject }), rule, at(0)) as Alert),
    ...more,
  });

  it('is each alert once when it comes and once when it is over', () => {
    const first = tell([alert('a')], false);
    expect(first.single).toEqual([expect.objectContaining({ subject: 'a', told: 'fired' })]);
    expect(tell(first.changed, false).single).toEqual([]);
    const over = tell([{ ...(first.changed[0] as Alert), status: 'resolved' }], false);
    expect(over.single).toEqual([expect.objectContaining({ status: 'resolved', told: 'resolved' })]);
    expect(tell(over.changed, false).changed).toEqual([]);
  });

  it('is one notice where many come at once', () => {
    const { single, together } = tell(
      ['a', 'b', 'c', 'd'].map((name) => alert(name)),
      false,
    );
    expect(single).toEqual([]);
    expect(together).toHaveLength(4);
  });

  it('is held back in the quiet hours unless it is critical, and then told together, as far as it still stands', () => {
    const critical = alert('c', { severity: 'critical' });
    const night = tell([alert('a'), alert('b'), critical], true);
    expect(night.single.map(({ subject }) => subject)).toEqual(['c']);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => night.changed.find(({ subject }) => subject === name) as Alert);
    expect([a?.held, b?.held, c?.held]).toEqual([true, true, false]);
    // Nothing more to write while the night lasts.
    expect(tell(night.changed, true).changed).toEqual([]);
    const e = alert('e');
    const cameAndWent = { ...(b as Alert), status: 'resolved' as const };
    const morning = tell([a as Alert, cameAndWent, c as Alert, e], false);
    expect(morning.together.map(({ subject }) => subject)).toEqual(['a', 'e']);
    expect(morning.single).toEqual([]);
  });

  it('is told in the morning that something ended in the night', () => {
    const overAtNight = alert('a', { status: 'resolved', told: 'fired' });
    const night = tell([overAtNight], true);
    expect([night.single, night.together]).toEqual([[], []]);
    expect(tell(night.changed, false).single).toEqual([expect.objectContaining({ told: 'resolved' })]);
  });
});
