/**
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 * The Event Webhook: a list of events, signed with a key pair of ours at SendGrid. Duplicates are common.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, firstOf, onlyOf, textOf } from '../field.js';
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
  externalId: ({ payload }) => textOf(field(onlyOf(payload), 'sg_event_id')),
  eventType: ({ payload }) => textOf(field(firstOf(payload), 'event')),
  occurredAt: ({ payload }) => dateOf(field(firstOf(payload), 'timestamp')),
  subject: ({ payload }) => textOf(field(firstOf(payload), 'sg_message_id')),
});
