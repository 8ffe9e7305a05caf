/** The public entry `hookyard/source`: all that is needed to describe a sender. */
export { defineSource } from './define-source.js';
export { dateOf, field, firstOf, onlyOf, textOf } from './field.js';
export { isJsonPointer, pathOf } from './json-pointer.js';
export { bodyFieldsHmac } from './schemes/body-fields-hmac.js';
export type { BodyFieldsHmacFormat } from './schemes/body-fields-hmac.js';
export { datedBodyHmac } from './schemes/dated-body-hmac.js';
export type { DatedBodyHmacFormat } from './schemes/dated-body-hmac.js';
export { firstPresent } from './schemes/first-present.js';
export type { Alternative } from './schemes/first-present.js';
export { hmac } from './schemes/hmac.js';
export type { HmacFormat } from './schemes/hmac.js';
export { ecdsaP256, ed25519 } from './schemes/public-key.js';
export type { PublicKeyFormat } from './schemes/public-key.js';
export type { CheckContext, Scheme, SignContext, Verdict } from './schemes/scheme.js';
export { sharedToken } from './schemes/shared-token.js';
export type { SharedTokenFormat } from './schemes/shared-token.js';
export { signedForm } from './schemes/signed-form.js';
export { signedText } from './schemes/signed-text.js';
export type { SignedTextFormat } from './schemes/signed-text.js';
export { signedUrlOptions } from './schemes/signed-url.js';
export {
  signStandardWebhook,
  standardWebhookFamily,
  standardWebhookSecretProblem,
  standardWebhooks,
} from './schemes/standard-webhooks.js';
export type { StandardWebhook, StandardWebhookHeaders } from './schemes/standard-webhooks.js';
export { timestampedHmac } from './schemes/timestamped-hmac.js';
export type { TimestampedHmacFormat } from './schemes/timestamped-hmac.js';
export { unverified } from './schemes/unverified.js';
export { isVerifyToken, verifyTokenOption } from './schemes/verify-token.js';
export { REPLY_CONTENT_TYPES } from './reply.js';
export type { HandshakeAnswer, Reply } from './reply.js';
export type {
  Challenge,
  Configured,
  HandshakeRequest,
  HeaderPolicy,
  InboundRequest,
  SourceDescription,
  VerifiedRequest,
} from './source.js';
