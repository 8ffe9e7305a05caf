import { z } from 'zod';

/** A time in an answer: a `Date` here, ISO 8601 text where it is sent and in the OpenAPI document. */
export const answerTime = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** How many there are of something. */
export const answerCount = z.int().min(0);

/** What resources are called in the OpenAPI document, so that generated clients have a type for each. */
export const answerNames = z.registry<{ readonly id: string }>();

/** Gives what an answer holds a name in the OpenAPI document. Each name is given once. */
export function named<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
  answerNames.add(schema, { id: name });
  return schema;
}
