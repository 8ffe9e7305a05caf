import { z } from 'zod';
import type { DeclaredDestination } from './config.js';
import { deliveryPolicyShape, policyOf } from './delivery-policy.js';
import { headersSchema } from './destination-headers.js';
import { Refusal, fromText } from './from-text.js';
import { parseHttpUrl } from './http-url.js';
import { flag } from './number-schemas.js';
import { statusRulesSchema } from './status-rules.js';
import { strictObject, unlessWrong } from './strict-object.js';

/** What a destination's name looks like: it is a part of API paths and metric labels. */
export const destinationNamePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const commandForSecret = 'make one with: echo "whsec_$(openssl rand -base64 32)"';

/** A destination in hookyard.yaml, by itself: that `resignWith` needs `payload: raw` is a rule of this schema too. */
export const destinationSchema = strictObject({
  name: fromText<string>((text) =>
    destinationNamePattern.test(text)
      ? text
      : new Refusal('must be 1 to 63 lower-case letters, digits and ". _ -", starting with a letter or digit'),
  ),
  url: fromText<string>(parseHttpUrl),
  payload: z.enum(['cloudevents', 'raw'], { error: 'must be "cloudevents" or "raw"' }).default('cloudevents'),
  signingSecrets: z
    .array(fromText<string[]>(parseSigningSecrets))
    .transform((lists) => lists.flat())
    .default([]),
  resignWith: fromText<string>((text) =>
    text.trim() === '' ? new Refusal('is empty; write the secret to sign with, or take it out') : text,
  ).optional(),
  headers: headersSchema.prefault({}),
  allowPrivateNetwork: flag.prefault(false),
  statuses: statusRulesSchema.optional(),
  ...deliveryPolicyShape,
})
  .refine((destination) => destination.resignWith === undefined || destination.payload !== 'cloudevents', {
    message: 'works only with payload: raw, because the source signs its own bytes; write payload: raw or take it out',
    path: ['resignWith'],
    when: unlessWrong(),
  })
  .transform(
    ({
      name,
      url,
      payload,
      signingSecrets,
      resignWith,
      headers,
      allowPrivateNetwork,
      statuses,
      ...policy
    }): DeclaredDestination => ({
      name,
      url,
      payload,
      signingSecrets,
      resignWith,
      headers,
      allowPrivateNetwork,
      policy: { ...policyOf(policy), ...(statuses && statuses.length > 0 ? { statuses } : {}) },
    }),
  );

/** One variable may hold several secrets; base64 has no comma, so splitting is always right here. */
function parseSigningSecrets(text: string): string[] | Refusal {
  const secrets = text.split(',').map((secret) => secret.trim());
  return secrets.every(isSigningSecret)
    ? secrets
    : new Refusal(`must be "whsec_" and the base64 of 24 to 64 bytes; ${commandForSecret}`);
}

function isSigningSecret(secret: string): boolean {
  if (!secret.startsWith('whsec_')) return false;
  const base64 = secret.slice('whsec_'.length);
  const bytes = Buffer.from(base64, 'base64');
  // Decoding is lenient, and receivers' libraries are not: what is used must be what they read.
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
}
