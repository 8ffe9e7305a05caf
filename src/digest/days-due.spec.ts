import { describe, expect, it } from '@jest/globals';
import { daysDue, spanOf } from './days-due.js';

const settings = { at: 8 * 60, timeZone: 'Europe/Berlin' };
const due = (now: string, lastDay?: string): string[] => daysDue(new Date(now), settings, lastDay);

describe('the digest of a day', () => {
  it('is due on the next day, at its time, by its clock', () => {
    expect(due('2026-01-15T06:59:59Z', '2026-01-13')).toEqual([]);
    expect(due('2026-01-15T07:00:00Z', '2026-01-13')).toEqual(['2026-01-14']);
    expect(due('2026-07-15T05:59:59Z', '2026-07-13')).toEqual([]);
    expect(due('2026-07-15T06:00:00Z', '2026-07-13')).toEqual(['2026-07-14']);
  });

  it('is due once', () => {
    expect(due('2026-01-15T07:00:01Z', '2026-01-14')).toEqual([]);
    expect(due('2026-01-15T22:30:00Z', '2026-01-14')).toEqual([]);
    // The clocks went back, and 02:30 came twice.
    const twice = { at: 150, timeZone: 'Europe/Berlin' };
    expect(daysDue(new Date('2026-10-25T00:30:00Z'), twice, '2026-10-23')).toEqual(['2026-10-24']);
    expect(daysDue(new Date('2026-10-25T01:30:00Z'), twice, '2026-10-24')).toEqual([]);
  });

  it('comes late after nobody was there to send it, a week at most', () => {
    expect(due('2026-01-15T07:00:00Z', '2026-01-11')).toEqual(['2026-01-12', '2026-01-13', '2026-01-14']);
    expect(due('2026-01-15T07:00:00Z', '2025-11-01')).toHaveLength(7);
    expect(due('2026-01-15T07:00:00Z', '2025-11-01').at(-1)).toBe('2026-01-14');
  });

  it('is yesterday’s alone when there never was one', () => {
    expect(due('2026-01-15T07:00:00Z')).toEqual(['2026-01-14']);
  });

  it('is about a day as long as it was', () => {
    const hours = (day: string): number => {
      const { from, to } = spanOf(day, settings.timeZone);
      return (to.getTime() - from.getTime()) / 3_600_000;
    };
    expect(['2026-03-29', '2026-06-01', '2026-10-25'].map(hours)).toEqual([23, 24, 25]);
  });
});
