import { describe, expect, it } from '@jest/globals';
import { DEFAULT_ALERTS } from '../config/alerts-schema.js';
import { advanceAlert } from './advance-alert.js';
import type { Alert, Observation } from './alert.js';
import { advanceAll, judge } from './judge.js';
import { lookout, type Rule } from './rule.js';

const NOW = new Date('2026-03-10T12:00:00Z');
const LATER = new Date('2026-03-10T13:00:00Z');
const judging = { now: NOW, settings: DEFAULT_ALERTS };
const rule: Rule<readonly string[]> = {
  rule: 'bad',
  section: 'bad',
  clearAfterMs: 60_000,
  observe: (names) =>
    names.map((subject): Observation => ({
      subject,
      severity: 'warning',
      summary: '',
      action: '',
      since: NOW,
      count: 1,
    })),
};
const all = (): boolean => true;
const seen = async (names: readonly string[]) => judge([lookout(async () => names, [rule])], judging, () => undefined);

describe('judging', () => {
  it('leaves the alerts of what could not be read as they are', async () => {
    const failures: Error[] = [];
    const away = lookout<readonly string[]>(() => Promise.reject(new Error('away')), [rule]);
    const other = lookout(async () => ['x'], [{ ...rule, rule: 'other' }]);
    const judged = await judge([away, other], judging, (error) => failures.push(error));
    expect(failures).toHaveLength(1);
    const active = advanceAlert(undefined, rule.observe(['a'], judging)[0], rule, NOW) as Alert;
    expect(advanceAll([active], judged, all, LATER).map(({ key }) => key)).toEqual(['other:x']);
  });

  it('brings new ones, keeps the present ones fresh and ends those that are gone', async () => {
    const first = advanceAll([], await seen(['a', 'b']), all, NOW);
    expect(first.map(({ key, status }) => [key, status])).toEqual([
      ['bad:a', 'active'],
      ['bad:b', 'active'],
    ]);
    const second = advanceAll(first, await seen(['b', 'c']), all, LATER);
    expect(second.map(({ key, status }) => [key, status])).toEqual([
      ['bad:b', 'active'],
      ['bad:c', 'active'],
      ['bad:a', 'resolved'],
    ]);
  });

  it('does not end what belongs to somebody else', async () => {
    const first = advanceAll([], await seen(['mine', 'yours']), all, NOW);
    const second = advanceAll(first, await seen([]), ({ subject }) => subject === 'mine', LATER);
    expect(second.map(({ key }) => key)).toEqual(['bad:mine']);
  });
});
