import { z } from 'zod';
import { Refusal, fromText } from './from-text.js';
import { strictObject } from './strict-object.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** With a zone: without one it would depend on where the process runs. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;
const LAST_MOMENT = 'T23:59:59.999Z';

/** The last moment at which a secret counts: an instant with its zone, or a day, which counts whole and in UTC. */
export const notAfterSchema = fromText<Date>((text) => {
  const written = DAY.test(text) ? text + LAST_MOMENT : text;
  const instant = new Date(written);
  return INSTANT.test(written) && isDay(written.slice(0, 10)) && !Number.isNaN(instant.getTime())
    ? instant
    : new Refusal('must be a day or an instant with its zone: "2027-01-31" or "2027-01-31T12:00:00Z"');
});

/** `Date` takes 30 February for 2 March. */
function isDay(text: string): boolean {
  const midnight = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text);
}

/** A secret in its long form; the short form is the text of its value. */
export const secretSchema = strictObject({
  value: z.string(),
  label: fromText<string>((text) =>
    /^[\x20-\x7e]{1,64}$/.test(text) ? text : new Refusal('must be 1 to 64 visible ASCII characters'),
  ).optional(),
  notAfter: notAfterSchema.optional(),
});
