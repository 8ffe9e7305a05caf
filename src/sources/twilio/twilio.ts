/**
 * https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * Forms, signed with the URL; and JSON, whose hash Twilio puts into the URL. URL, names and values of a form are signed
 * without anything between them, so that a forger who has seen a genuine one could move a letter from one to the next.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { signedForm } from '../schemes/signed-form.js';
import { signedUrlOptions } from '../schemes/signed-url.js';

/** Twilio: messages and calls of one account. The secret is its Auth Token. The answer is TwiML that does nothing. */
export const twilio = defineSource({
  type: 'twilio',
  docs: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
  options: signedUrlOptions,
  scheme: signedForm({ header: 'x-twilio-signature' }),
  unsigned: ['id'],
  // Anything else is an error in Twilio's log, where it waits for instructions; to those that do not wait it is all one.
  reply: { status: 200, contentType: 'text/xml; charset=utf-8', body: '<Response/>' },
  // Retries, which have to be asked for, are over within four hours.
  redeliveryHours: 4,
  // The token is one per event and the same on its retries. Without it: the message in this state. A call asks many times in
  // one state, so there only a status callback, which is numbered, has an id.
  externalId: ({ headers, payload }) => {
    const number = textOf(field(payload, 'SequenceNumber'));
    const isNamed = number !== undefined || field(payload, 'CallSid') === undefined;
    const named = isNamed ? joined('/', sidOf(payload), statusOf(payload), number) : undefined;
    return headers['i-twilio-idempotency-token'] ?? named;
  },
  // `message.delivered`, `call.completed`; of Twilio's JSON the type that it names.
  eventType: ({ payload }) =>
    textOf(field(payload, 'CallSid'))
      ? joined('.', 'call', statusOf(payload))
      : sidOf(payload)
        ? joined('.', 'message', statusOf(payload))
        : textOf(field(payload, 'type')),
  occurredAt: ({ payload }) => {
    const rfc2822 = textOf(field(payload, 'Timestamp'));
    return rfc2822?.endsWith('+0000') ? new Date(rfc2822) : dateOf(field(payload, 'time'));
  },
  subject: ({ payload }) => sidOf(payload),
  tenant: ({ payload }) => textOf(field(payload, 'AccountSid')),
  apiVersion: ({ payload }) => textOf(field(payload, 'ApiVersion')),
  headers: { keep: ['i-twilio-idempotency-token'] },
});

function sidOf(payload: unknown): string | undefined {
  return ['CallSid', 'MessageSid', 'SmsSid'].map((name) => textOf(field(payload, name))).find((sid) => sid);
}

function statusOf(payload: unknown): string | undefined {
  return ['CallStatus', 'MessageStatus', 'SmsStatus']
    .map((name) => textOf(field(payload, name)))
    .find((status) => status);
}

function joined(separator: string, first: string | undefined, ...rest: (string | undefined)[]): string | undefined {
  return first && [first, ...rest].filter((part) => part).join(separator);
}
