/**
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * One type for every sender that follows the specification, under the names `webhook-…` (OpenAI and many others) or `svix-…`
 * (Svix, Clerk, Resend). Id, time and body are all signed.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { standardWebhookFamily, standardWebhooks } from '../schemes/standard-webhooks.js';

const FAMILIES = ['webhook-', 'svix-'] as const;

/** Any sender of Standard Webhooks; each gets a slug of its own. */
export const standardWebhook = defineSource({
  type: 'standard-webhooks',
  docs: 'https://www.standardwebhooks.com/',
  scheme: standardWebhooks({ prefixes: FAMILIES }),
  // The id of the family that was verified, never of the other one.
  externalId: ({ headers }) => headers[`${standardWebhookFamily(headers, FAMILIES)}id`],
  eventType: ({ payload }) => textOf(field(payload, 'type')) ?? textOf(field(payload, 'event_type')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'timestamp')) ?? dateOf(field(payload, 'created_at')),
  subject: ({ payload }) => textOf(field(payload, 'data', 'id')),
});
