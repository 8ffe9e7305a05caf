import { z } from 'zod';
import { compileFilter } from '../filters/compile-filter.js';
import type { DeclaredRoute } from './config.js';
import { Refusal, fromText } from './from-text.js';
import { flag } from './number-schemas.js';
import { strictObject, unlessWrong } from './strict-object.js';

const typePattern = fromText<string>((text) => {
  if (text.trim() === '') return new Refusal('is empty; write a type or a pattern such as "invoice.*"');
  return text.length <= 256 ? text : new Refusal('has more than 256 characters; use "*" for a part of it');
});

/** A route in hookyard.yaml, by itself: whether its source and destination exist is judged apart. */
export const routeSchema = strictObject({
  source: z.string().optional(),
  sourceType: z.string().optional(),
  types: z.array(typePattern).min(1, 'is empty; write types, or leave it out for all of them').default(['*']),
  filter: z.unknown().superRefine(refuseUnusable).optional(),
  to: z.string(),
  ordered: z
    .enum(['subject'], { error: 'must be "subject": events of one subject go in the order of arrival' })
    .optional(),
  latestOnly: flag.optional(),
})
  .refine(({ source, sourceType }) => (source === undefined) !== (sourceType === undefined), {
    message: 'needs exactly one of source (a slug) and sourceType',
    when: unlessWrong(),
  })
  .transform(({ source, sourceType, types, filter, to, ordered, latestOnly }): DeclaredRoute => ({
    source,
    sourceType,
    types,
    filter,
    to,
    ...(ordered ? { ordered } : {}),
    ...(latestOnly ? { latestOnly } : {}),
  }));

/** Says each problem of a filter at its place in it. */
function refuseUnusable(filter: unknown, context: z.RefinementCtx): void {
  if (filter === undefined) return;
  const compiled = compileFilter(filter);
  if ('conditions' in compiled) return;
  for (const { path, message } of compiled) context.addIssue(path === '' ? message : `${path}: ${message}`);
}
