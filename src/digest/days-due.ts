import { addDays, instantOf, wallTime } from '../alerts/zone-time.js';
import type { DigestSettings } from '../config/config.js';

/** A process that was down for longer has more to tell than a digest. */
const MOST_LATE_DAYS = 7;

/** A day by the clock of a time zone: 23 or 25 hours where the clocks change. */
export interface DaySpan {
  readonly from: Date;
  readonly to: Date;
}

/** From midnight to midnight. */
export function spanOf(day: string, timeZone: string): DaySpan {
  return {
    from: instantOf({ day, minutes: 0 }, timeZone),
    to: instantOf({ day: addDays(day, 1), minutes: 0 }, timeZone),
  };
}

/**
 * The days whose digest is due, oldest first: a day's is due on the next one, at the time that is set. `lastDay`: the last that
 * has had one; without any only yesterday's is, and a week at most is made up for.
 */
export function daysDue(now: Date, { at, timeZone }: DigestSettings, lastDay: string | undefined): string[] {
  const { day: today } = wallTime(now, timeZone);
  const newest = now >= instantOf({ day: today, minutes: at }, timeZone) ? addDays(today, -1) : addDays(today, -2);
  const oldest = lastDay === undefined ? newest : addDays(lastDay, 1);
  const days = [];
  for (let day = newest; day >= oldest && days.length < MOST_LATE_DAYS; day = addDays(day, -1)) days.unshift(day);
  return days;
}
