import { wallTime } from './zone-time.js';

/** Every day from one time to another, by the clock of a time zone; over midnight where `from` is later than `to`. */
export interface QuietHours {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
}

/** Whether an instant lies in the quiet hours. */
export function isQuiet(hours: QuietHours | undefined, now: Date): boolean {
  if (!hours) return false;
  const { minutes } = wallTime(now, hours.timeZone);
  return hours.from <= hours.to
    ? minutes >= hours.from && minutes < hours.to
    : minutes >= hours.from || minutes < hours.to;
}
