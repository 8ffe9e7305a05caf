/**
 * https://developer.zendesk.com/documentation/webhooks/verifying/
 * Webhooks that are subscribed to events have an envelope with id and type. Those of triggers and automations have whatever
 * body an admin wrote; then the id is that of the invocation, which stands in a header and is not signed.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { signedText } from '../schemes/signed-text.js';

const EVENT_TYPE = 'zen:event-type:';

/** Zendesk: one webhook. `ticket.created` and so on; `trigger` for what triggers and automations send. */
export const zendesk = defineSource({
  type: 'zendesk',
  docs: 'https://developer.zendesk.com/documentation/webhooks/verifying/',
  scheme: signedText({
    text: '{timestamp}{body}',
    header: 'x-zendesk-webhook-signature',
    algorithm: 'sha256',
    encoding: 'base64',
    timestamp: { header: 'x-zendesk-webhook-signature-timestamp', format: 'iso8601' },
    // What Zendesk signs with when an admin tests a webhook that does not exist yet.
    publicSecrets: ['dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=='],
  }),
  unsigned: ['id', 'tenant'],
  // The time is signed: an older request is refused as stale.
  redeliveryHours: 1,
  externalId: ({ headers, payload }) =>
    (typeIn(payload) && textOf(field(payload, 'id'))) ?? headers['x-zendesk-webhook-invocation-id'],
  eventType: ({ payload }) => typeIn(payload) ?? 'trigger',
  occurredAt: ({ payload }) => (typeIn(payload) ? dateOf(field(payload, 'time')) : undefined),
  subject: ({ payload }) => (typeIn(payload) ? textOf(field(payload, 'subject')) : undefined),
  tenant: ({ headers, payload }) =>
    (typeIn(payload) && textOf(field(payload, 'account_id'))) ?? headers['x-zendesk-account-id'],
  headers: { keep: ['x-zendesk-account-id', 'x-zendesk-webhook-id', 'x-zendesk-webhook-invocation-id'] },
});

/** `ticket.created` of `zen:event-type:ticket.created`; only envelopes have one. */
function typeIn(payload: unknown): string | undefined {
  const type = textOf(field(payload, 'type'));
  return type?.startsWith(EVENT_TYPE) ? textOf(type.slice(EVENT_TYPE.length)) : undefined;
}
