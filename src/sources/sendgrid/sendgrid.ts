/**
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 * The Event Webhook: a list of events, signed with a key pair of ours at SendGrid. Duplicates are common.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { ecdsaP256 } from '../schemes/public-key.js';

/** SendGrid: one event webhook. The secret is its verification key. */
export const sendgrid = defineSource({
  type: 'sendgrid',
  docs: 'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
  scheme: ecdsaP256({
    header: 'x-twilio-email-event-webhook-signature',
    timestampHeader: 'x-twilio-email-event-webhook-timestamp',
  }),
  // Sent again for a day; whether each time is signed anew is not documented. The ids keep repeats out.
  toleranceSeconds: 25 * 3600,
  split: '',
  externalId: ({ payload }) => textOf(field(payload, 'sg_event_id')),
  eventType: ({ payload }) => textOf(field(payload, 'event')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'timestamp')),
  subject: ({ payload }) => textOf(field(payload, 'sg_message_id')),
});
