/** A day and a time on a wall in some time zone. */
export interface WallTime {
  /** `2026-11-22` */
  readonly day: string;
  /** Since midnight, by the clock. */
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What a clock in a time zone (IANA name) shows at an instant. */
export function wallTime(instant: Date, timeZone: string): WallTime {
  const shown = new Date(instant.getTime() + offsetMs(instant, timeZone));
  return { day: shown.toISOString().slice(0, 10), minutes: shown.getUTCHours() * 60 + shown.getUTCMinutes() };
}

/**
 * When a clock in a time zone shows this: the first time, where it is shown twice; where summer time skips it, the moment of
 * the jump and so much after as the skipped time was past it.
 */
export function instantOf({ day, minutes }: WallTime, timeZone: string): Date {
  const shown = Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE_MS;
  // A zone's offset changes rarely, so the ones of a day before and a day after are all that can be.
  const offsets = [shown - DAY_MS, shown + DAY_MS].map((around) => offsetMs(new Date(around), timeZone));
  const candidates = offsets.map((offset) => shown - offset).toSorted((a, b) => a - b);
  const found = candidates.find((at) => at + offsetMs(new Date(at), timeZone) === shown);
  return new Date(found ?? (candidates.at(-1) as number));
}

/** The day that is `days` after another. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetMs(instant: Date, timeZone: string): number {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  return shown - Math.floor(instant.getTime() / 1_000) * 1_000;
}
