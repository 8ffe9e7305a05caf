import { z } from 'zod';

/** A time in an answer: a `Date` here, ISO 8601 text where it is sent and in the OpenAPI document. */
export const answerTime = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** How many there are of something. */
export const answerCount = z.int().min(0);
