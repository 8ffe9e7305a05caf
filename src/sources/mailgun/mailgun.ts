/**
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
 * The signature stands in the body and covers a time and a random token, not the event. The token is made for one request, so
 * it is the id: who has seen a genuine request and sends its token with an event made up is answered `duplicate`.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { bodyFieldsHmac } from '../schemes/body-fields-hmac.js';

const EVENT = 'event-data';

/** Mailgun: the webhooks of one account, as JSON. The secret is the HTTP webhook signing key. */
export const mailgun = defineSource({
  type: 'mailgun',
  docs: 'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks',
  scheme: bodyFieldsHmac({
    fields: [
      ['signature', 'timestamp'],
      ['signature', 'token'],
    ],
    joiner: '',
    signature: ['signature', 'signature'],
    encoding: 'hex',
    key: 'text',
    time: ['signature', 'timestamp'],
  }),
  // Sent again for 8 hours; whether each time is signed anew is not documented.
  toleranceSeconds: 9 * 3600,
  externalId: ({ payload }) => textOf(field(payload, 'signature', 'token')),
  // `delivered`, `failed.permanent`, `failed.temporary`.
  eventType: ({ payload }) => {
    const event = textOf(field(payload, EVENT, 'event'));
    return event && [event, textOf(field(payload, EVENT, 'severity'))].filter((part) => part).join('.');
  },
  occurredAt: ({ payload }) => dateOf(field(payload, EVENT, 'timestamp')),
  subject: ({ payload }) => textOf(field(payload, EVENT, 'message', 'headers', 'message-id')),
  tenant: ({ payload }) => textOf(field(payload, EVENT, 'account', 'id')),
});
