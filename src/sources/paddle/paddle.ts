/**
 * https://developer.paddle.com/webhooks/signature-verification
 * Paddle's own library allows 5 seconds, and looks at the last signature only; a slow network or a rotation breaks that.
 * Here it is 5 minutes, and any `h1` may match.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { timestampedHmac } from '../schemes/timestamped-hmac.js';

/** Paddle Billing: one notification destination. */
export const paddle = defineSource({
  type: 'paddle',
  docs: 'https://developer.paddle.com/webhooks/signature-verification',
  scheme: timestampedHmac({
    header: 'paddle-signature',
    separator: ';',
    timestampKey: 'ts',
    signatureKey: 'h1',
    joiner: ':',
  }),
  toleranceSeconds: 300,
  // `notification_id` differs between the destinations of one event.
  externalId: ({ payload }) => textOf(field(payload, 'event_id')),
  eventType: ({ payload }) => textOf(field(payload, 'event_type')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'occurred_at')),
  subject: ({ payload }) => textOf(field(payload, 'data', 'id')),
});
