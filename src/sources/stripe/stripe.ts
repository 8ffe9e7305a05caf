/**
 * https://docs.stripe.com/webhooks#verify-manually
 * One endpoint may get both shapes: snapshots (`object: event`, time in Unix seconds, `account`) and thin events
 * (`object: v2.core.event`, time in ISO 8601, `context`); they are signed alike.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { timestampedHmac } from '../schemes/timestamped-hmac.js';

/** Stripe: snapshot and thin events, of an account or of the accounts connected to it. */
export const stripe = defineSource({
  type: 'stripe',
  docs: 'https://docs.stripe.com/webhooks#verify-manually',
  scheme: timestampedHmac({
    header: 'stripe-signature',
    separator: ',',
    timestampKey: 't',
    signatureKey: 'v1',
    joiner: '.',
  }),
  // An id is unique within an account and mode: `evt_1`, `test/evt_1`, `acct_1/evt_1`, `acct_1/test/evt_1`.
  externalId: ({ payload }) => {
    const id = textOf(field(payload, 'id'));
    const mode = field(payload, 'livemode') === false ? 'test' : undefined;
    return id && [accountOf(payload), mode, id].filter((part) => part !== undefined).join('/');
  },
  eventType: ({ payload }) => textOf(field(payload, 'type')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'created')),
  subject: ({ payload }) =>
    textOf(field(payload, 'data', 'object', 'id')) ?? textOf(field(payload, 'related_object', 'id')),
  tenant: ({ payload }) => accountOf(payload),
  apiVersion: ({ payload }) => textOf(field(payload, 'api_version')),
  livemode: ({ payload }) => {
    const livemode = field(payload, 'livemode');
    return typeof livemode === 'boolean' ? livemode : undefined;
  },
});

/** Set for connected accounts only; an account's own events name none. */
function accountOf(payload: unknown): string | undefined {
  return textOf(field(payload, 'account')) ?? textOf(field(payload, 'context'));
}
