import { Refusal, fromText } from './from-text.js';

/** `08:00`, as minutes since midnight. */
export const wallClockSchema = fromText<number>((text) => {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim()) ?? [];
  return hours === undefined
    ? new Refusal('must be a time of day, "00:00" to "23:59"')
    : Number(hours) * 60 + Number(minutes);
}, 'must be a time of day in quotes: "08:00"');

/** A time zone of the IANA database. */
export const timeZoneSchema = fromText<string>((text) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text.trim() }).resolvedOptions().timeZone;
  } catch {
    return new Refusal('must be a time zone: "Europe/Berlin" or "UTC"');
  }
});
