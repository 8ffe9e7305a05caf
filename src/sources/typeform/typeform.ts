/**
 * https://www.typeform.com/developers/webhooks/secure-your-webhooks/
 * The signature is base64, although what stands before it is what others write before hex.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { hmac } from '../schemes/hmac.js';

/** Typeform: the responses of one form's webhook. */
export const typeform = defineSource({
  type: 'typeform',
  docs: 'https://www.typeform.com/developers/webhooks/secure-your-webhooks/',
  scheme: hmac({ header: 'typeform-signature', algorithm: 'sha256', encoding: 'base64', prefix: 'sha256=' }),
  externalId: ({ payload }) => textOf(field(payload, 'event_id')),
  eventType: ({ payload }) => textOf(field(payload, 'event_type')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'form_response', 'submitted_at')),
  subject: ({ payload }) => textOf(field(payload, 'form_response', 'token')),
  tenant: ({ payload }) => textOf(field(payload, 'form_response', 'form_id')),
});
