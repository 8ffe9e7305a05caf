import { z } from 'zod';
import { field } from '../field.js';
import { isJsonPointer, pathOf } from '../json-pointer.js';
import { REPLY_CONTENT_TYPES } from '../reply.js';
import { signedUrlOptions } from '../schemes/signed-url.js';
import type { VerifiedRequest } from '../source.js';

const headerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be the name of a header')
  .transform((name) => name.toLowerCase());

const pointer = z
  .string()
  .refine((text) => text !== '' && isJsonPointer(text), 'must be a JSON pointer, for example /data/id');

/** Where a value stands: in a header, or in the body at a JSON pointer (of a form: `/name`). */
const place = z
  .strictObject({ header: headerName.optional(), pointer: pointer.optional() })
  .refine(({ header, pointer: at }) => (header === undefined) !== (at === undefined), 'needs either header or pointer');

/** The options of a `generic` source in hookyard.yaml. */
export const genericOptions = signedUrlOptions.extend({
  signature: z
    .strictObject({
      header: headerName.default('x-signature'),
      algorithm: z.enum(['sha256', 'sha512', 'sha1']).default('sha256'),
      encoding: z.enum(['hex', 'base64']).default('hex'),
      prefix: z.string().max(100).default(''),
      /** What is signed, of `{body}`, `{timestamp}`, `{id}`, `{url}` and `{method}`. */
      text: z.string().max(500).default('{body}'),
      /** What the secret's text is: the key itself, or its encoding. */
      key: z.enum(['text', 'hex', 'base64']).default('text'),
    })
    .prefault({}),
  timestamp: z
    .strictObject({ header: headerName, format: z.enum(['seconds', 'milliseconds', 'iso8601']).default('seconds') })
    .optional(),
  id: place.prefault({ pointer: '/id' }),
  type: place.prefault({ pointer: '/type' }),
  occurredAt: place.optional(),
  subject: place.optional(),
  tenant: place.optional(),
  /** What the sender is told for events, where it insists on it; see `Reply`. */
  reply: z
    .strictObject({
      status: z.int(),
      contentType: z.enum(REPLY_CONTENT_TYPES).optional(),
      body: z.string().optional(),
    })
    .optional(),
  /** Where a body holds a list of events; the empty pointer if it is one. Pointers are then those within an event. */
  split: z.string().refine(isJsonPointer, 'must be a JSON pointer, or "" where the body is the list').optional(),
});

export type GenericOptions = z.output<typeof genericOptions>;
type Place = z.output<typeof place>;

/** How to read the value of a place from a request; without a place there is none. */
export function valueAt<T>(
  at: Place | undefined,
  read: (value: unknown) => T | undefined,
): (request: VerifiedRequest) => T | undefined {
  const { header, pointer: text = '' } = at ?? {};
  const path = pathOf(text);
  if (at === undefined) return () => undefined;
  return ({ headers, payload }) => read(header === undefined ? field(payload, ...path) : headers[header]);
}
