import { z } from 'zod';
import type { DeclaredDestination } from './config.js';
import { deliveryPolicyShape, policyOf } from './delivery-policy.js';
import { headersSchema } from './destination-headers.js';
import { Refusal, fromText } from './from-text.js';
import { parseHttpUrl } from './http-url.js';
import { proxySchema } from './destination-proxy.js';
import { tlsSchema } from './destination-tls.js';
import { flag } from './number-schemas.js';
import { signingSecretsSchema } from './signing-secrets.js';
import { statusRulesSchema } from './status-rules.js';
import { strictObject, unlessWrong } from './strict-object.js';

/** What a destination's name looks like: it is a part of API paths and metric labels. */
export const destinationNamePattern = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** A destination in hookyard.yaml, by itself: that `resignWith` needs `payload: raw` is a rule of this schema too. */
export const destinationSchema = strictObject({
  name: fromText<string>((text) =>
    destinationNamePattern.test(text)
      ? text
      : new Refusal('must be 1 to 63 lower-case letters, digits and ". _ -", starting with a letter or digit'),
  ),
  url: fromText<string>(parseHttpUrl),
  payload: z.enum(['cloudevents', 'raw'], { error: 'must be "cloudevents" or "raw"' }).default('cloudevents'),
  signingSecrets: signingSecretsSchema.default([]),
  resignWith: fromText<string>((text) =>
    text.trim() === '' ? new Refusal('is empty; write the secret to sign with, or take it out') : text,
  ).optional(),
  headers: headersSchema.prefault({}),
  allowPrivateNetwork: flag.prefault(false),
  tls: tlsSchema.optional(),
  proxy: proxySchema.optional(),
  statuses: statusRulesSchema.optional(),
  ...deliveryPolicyShape,
})
  .refine((destination) => destination.resignWith === undefined || destination.payload !== 'cloudevents', {
    message: 'works only with payload: raw, because the source signs its own bytes; write payload: raw or take it out',
    path: ['resignWith'],
    when: unlessWrong(),
  })
  .refine(({ url, tls }) => tls === undefined || url.startsWith('https:'), {
    message: 'is of no use with an http:// URL; write https:// or take it out',
    path: ['tls'],
    when: unlessWrong('url', 'tls'),
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
      tls,
      proxy,
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
      tls,
      proxy,
      policy: { ...policyOf(policy), ...(statuses && statuses.length > 0 ? { statuses } : {}) },
    }),
  );
