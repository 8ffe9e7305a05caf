/**
 * https://developer.squareup.com/docs/webhooks/step3validate
 * The URL that is registered with Square is signed together with the body, letter for letter.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { signedText } from '../schemes/signed-text.js';
import { signedUrlOptions } from '../schemes/signed-url.js';

const LIVEMODES: Readonly<Record<string, boolean>> = { production: true, sandbox: false };

/** Square: one webhook subscription, for all merchants of the application. */
export const square = defineSource({
  type: 'square',
  docs: 'https://developer.squareup.com/docs/webhooks/step3validate',
  options: signedUrlOptions,
  scheme: signedText({
    text: '{url}{body}',
    header: 'x-square-hmacsha256-signature',
    algorithm: 'sha256',
    encoding: 'base64',
  }),
  externalId: ({ payload }) => textOf(field(payload, 'event_id')),
  eventType: ({ payload }) => textOf(field(payload, 'type')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'created_at')),
  subject: ({ payload }) => textOf(field(payload, 'data', 'id')),
  tenant: ({ payload }) => textOf(field(payload, 'merchant_id')),
  livemode: ({ headers }) => LIVEMODES[headers['square-environment']?.toLowerCase() ?? ''],
  headers: {
    keep: ['square-environment', 'square-initial-delivery-timestamp', 'square-retry-number', 'square-retry-reason'],
  },
});
