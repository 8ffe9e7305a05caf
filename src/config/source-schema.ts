import { z } from 'zod';
import { MOST_BODY_MIB } from '../sources/most-body-mib.js';
import { byteSizeSchema } from './byte-size.js';
import { Refusal, fromText, oneOf } from './from-text.js';
import { MONITOR_NAME } from './monitor-schema.js';
import { wholeNumber } from './number-schemas.js';
import { rateSchema } from './rate.js';
import { strictObject } from './strict-object.js';

/** What a slug looks like: it is a part of the URL that senders call. */
export const slugPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

function oneWord<const Word extends string>(words: readonly Word[]) {
  return fromText<Word>((text) => words.find((word) => word === text) ?? new Refusal(`must be ${oneOf(words)}`));
}

/** Without a burst a second's worth may come at once, as to a destination. */
const limitsSchema = strictObject({
  rate: rateSchema,
  burst: wholeNumber(1, 1_000_000).optional(),
}).transform(({ rate, burst }) => ({ ratePerSecond: rate, burst: burst ?? Math.max(1, Math.ceil(rate)) }));

/** A source in hookyard.yaml, as far as it can be judged without knowing its type. */
export const sourceSchema = strictObject({
  slug: fromText<string>((text) => {
    if (!slugPattern.test(text)) {
      return new Refusal('must be 1 to 63 lower-case letters, digits and "-", starting with a letter or digit');
    }
    return text === MONITOR_NAME ? new Refusal('is kept for the synthetic monitor; choose another slug') : text;
  }),
  type: z.string(),
  /** Each is judged by `secretSchema`, or as a text. */
  secrets: z.array(z.unknown()).default([]),
  toleranceSeconds: wholeNumber(1, 604_800).optional(),
  maxBodySize: byteSizeSchema(1, MOST_BODY_MIB).optional(),
  limits: limitsSchema.optional(),
  suspectedReplays: oneWord(['auto', 'hold', 'deliver']).optional(),
  verification: oneWord(['enforce', 'shadow']).optional(),
  options: z.unknown().optional(),
});
