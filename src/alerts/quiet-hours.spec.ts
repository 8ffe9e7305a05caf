import { describe, expect, it } from '@jest/globals';
import { isQuiet } from './quiet-hours.js';

describe('quiet hours', () => {
  const night = { from: 22 * 60, to: 7 * 60, timeZone: 'Europe/Berlin' };

  it('go over midnight, in their own time zone, summer or winter', () => {
    const quiet = (text: string): boolean => isQuiet(night, new Date(text));
    expect(['20:59', '21:00', '23:30'].map((time) => quiet(`2026-01-10T${time}:00Z`))).toEqual([false, true, true]);
    expect(['04:59', '05:00', '19:59', '20:00'].map((time) => quiet(`2026-07-10T${time}:00Z`))).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('may lie within a day, and may not be', () => {
    const noon = { from: 12 * 60, to: 13 * 60, timeZone: 'UTC' };
    const times = ['11:59', '12:00', '12:59', '13:00'].map((time) => new Date(`2026-01-10T${time}:00Z`));
    expect(times.map((time) => isQuiet(noon, time))).toEqual([false, true, true, false]);
    expect(times.map((time) => isQuiet(undefined, time))).toEqual([false, false, false, false]);
  });
});
