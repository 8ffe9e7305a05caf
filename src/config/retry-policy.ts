import { z } from 'zod';
import type { RetryPolicy } from './config.js';
import { type Duration, durationSchema, formatDuration } from './duration.js';
import { oneOf } from './from-text.js';
import { nearest } from './nearest.js';
import { decimalNumber, wholeNumber } from './number-schemas.js';
import { plainWords } from './problems-of.js';
import { strictObject, unlessWrong } from './strict-object.js';

/** A preset, waits one by one, or waits that grow. `jitter` (0 to 1) varies each wait both ways; `maxAge` ends it all. */
export type RetryInput =
  | RetryPreset
  | { readonly schedule: readonly Duration[]; readonly jitter?: number; readonly maxAge?: Duration }
  | {
      readonly exponential: {
        readonly base: Duration;
        /** Default 2. */
        readonly factor?: number;
        /** Longest wait. Default 12h. */
        readonly cap?: Duration;
        /** All attempts, the first included. */
        readonly attempts: number;
      };
      readonly jitter?: number;
      readonly maxAge?: Duration;
    };

export type RetryPreset = 'patient' | 'fast';

const seconds = 1_000;
const hours = 3_600 * seconds;

const presets: Readonly<Record<RetryPreset, readonly number[]>> = {
  /** Over 17 hours: a destination may be down for a night. */
  patient: [1, 4, 16, 64, 256, 900, 3_600, 14_400, 43_200].map((wait) => wait * seconds),
  /** Under 6 minutes. */
  fast: [1, 4, 16, 64, 256].map((wait) => wait * seconds),
};
const defaults = { jitter: 0.2, maxAgeMs: 72 * hours };

const exponentialSchema = strictObject({
  base: durationSchema('10ms', '1d'),
  factor: decimalNumber(1, 10).prefault(2),
  cap: durationSchema('10ms', '30d').prefault('12h'),
  attempts: wholeNumber(1, 100),
}).transform(({ base, factor, cap, attempts }) =>
  Array.from({ length: attempts - 1 }, (_, index) => Math.round(Math.min(cap, base * factor ** index))),
);

const objectSchema = strictObject({
  schedule: z.array(durationSchema('10ms', '30d')).max(99, 'has more than 99 waits').optional(),
  exponential: exponentialSchema.optional(),
  jitter: decimalNumber(0, 1).prefault(defaults.jitter),
  maxAge: durationSchema('1s', '30d').prefault(formatDuration(defaults.maxAgeMs)),
})
  .refine(({ schedule, exponential }) => (schedule === undefined) !== (exponential === undefined), {
    message: 'needs exactly one of schedule and exponential',
    when: unlessWrong(),
  })
  // Waits of a written list that can never be reached are a mistake; an exponential row is often meant to run into maxAge.
  .refine(({ schedule, maxAge }) => sum(schedule ?? []) <= maxAge, {
    message: 'is longer in all than maxAge, so its last attempts would never be made; raise maxAge or shorten it',
    path: ['schedule'],
    when: unlessWrong('schedule', 'maxAge'),
  })
  .transform(({ schedule, exponential, jitter, maxAge }): RetryPolicy => ({
    scheduleMs: schedule ?? exponential ?? [],
    jitter,
    maxAgeMs: maxAge,
  }));

/** A preset's name or one of the two object forms, as waits in milliseconds. */
export const retrySchema = z.custom<RetryInput>().transform((input: unknown, context): RetryPolicy => {
  if (typeof input === 'string') {
    const preset = Object.hasOwn(presets, input) ? presets[input as RetryPreset] : undefined;
    if (preset) return { scheduleMs: preset, ...defaults };
    const meant = nearest(input, Object.keys(presets));
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
    context.addIssue(`must be ${oneOf(Object.keys(presets))}, { schedule: [1s, 4s] } or { exponential: … }${hint}`);
    return z.NEVER;
  }
  const parsed = objectSchema.safeParse(input, { error: plainWords });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: undefined });
  return z.NEVER;
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
