import { describe, expect, it } from '@jest/globals';
import { addDays, instantOf, wallTime } from './zone-time.js';

const BERLIN = 'Europe/Berlin';
const at = (day: string, time: string, zone = BERLIN): string => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return instantOf({ day, minutes: hours * 60 + minutes }, zone).toISOString();
};

describe('time on a wall', () => {
  it('is read in the zone, on its own day', () => {
    expect(wallTime(new Date('2026-07-01T22:30:00Z'), BERLIN)).toEqual({ day: '2026-07-02', minutes: 30 });
    expect(wallTime(new Date('2026-01-01T02:15:00Z'), 'America/New_York')).toEqual({
      day: '2025-12-31',
      minutes: 1275,
    });
    expect(wallTime(new Date('2026-01-01T00:00:00Z'), 'Asia/Kathmandu')).toEqual({ day: '2026-01-01', minutes: 345 });
  });

  it('is an instant in winter and in summer', () => {
    expect(at('2026-01-15', '08:00')).toBe('2026-01-15T07:00:00.000Z');
    expect(at('2026-07-15', '08:00')).toBe('2026-07-15T06:00:00.000Z');
    expect(at('2026-07-15', '00:00', 'UTC')).toBe('2026-07-15T00:00:00.000Z');
  });

  it('makes days of 23 and 25 hours where the clocks change', () => {
    const hours = (day: string): number =>
      (Date.parse(at(addDays(day, 1), '00:00')) - Date.parse(at(day, '00:00'))) / 3_600_000;
    expect([hours('2026-03-28'), hours('2026-03-29'), hours('2026-10-25'), hours('2026-10-26')]).toEqual([
      24, 23, 25, 24,
    ]);
  });

  it('takes the first of two, and goes past a gap', () => {
    expect(at('2026-10-25', '02:30')).toBe('2026-10-25T00:30:00.000Z');
    expect(at('2026-03-29', '02:30')).toBe('2026-03-29T01:30:00.000Z');
    // Midnight itself is skipped in Beirut.
    expect(at('2026-03-29', '00:00', 'Asia/Beirut')).toBe('2026-03-28T22:00:00.000Z');
  });

  it('gives back what it was made of, whatever the zone', () => {
    for (const zone of [
      'UTC',
      BERLIN,
      'America/St_Johns',
      'Pacific/Kiritimati',
      'Pacific/Pago_Pago',
      'Australia/Lord_Howe',
    ]) {
      for (let day = '2026-01-01'; day < '2027-01-01'; day = addDays(day, 1)) {
        const wall = { day, minutes: 8 * 60 + 5 };
        expect({ zone, ...wallTime(instantOf(wall, zone), zone) }).toEqual({ zone, ...wall });
      }
    }
  });
});
