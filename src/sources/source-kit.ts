/** The public entry `hookyard/source`: all that is needed to describe a sender. */
export { defineSource } from './define-source.js';
export { dateOf, field, textOf } from './field.js';
export { hmac } from './schemes/hmac.js';
export type { HmacFormat } from './schemes/hmac.js';
export type { CheckContext, Scheme, SignContext, Verdict } from './schemes/scheme.js';
export { sharedToken } from './schemes/shared-token.js';
export type { SharedTokenFormat } from './schemes/shared-token.js';
export { signStandardWebhook, standardWebhookSecretProblem, standardWebhooks } from './schemes/standard-webhooks.js';
export type { StandardWebhook, StandardWebhookHeaders } from './schemes/standard-webhooks.js';
export { timestampedHmac } from './schemes/timestamped-hmac.js';
export type { TimestampedHmacFormat } from './schemes/timestamped-hmac.js';
export { unverified } from './schemes/unverified.js';
export type { HeaderPolicy, InboundRequest, SourceDescription, VerifiedRequest } from './source.js';
