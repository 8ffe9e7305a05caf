/**
 * https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
 * Standard webhooks. Each item carries a signature over eight of its fields, and those are all that can be trusted: not the
 * date, not the reason, not the rest of `additionalData`.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { bodyFieldsHmac } from '../schemes/body-fields-hmac.js';

const ITEM = 'NotificationRequestItem';
const ID_FIELDS = ['merchantAccountCode', 'pspReference', 'eventCode', 'success'];

/** Adyen: the standard webhook of one merchant account or company. The secret is its HMAC key, in hex. */
export const adyen = defineSource({
  type: 'adyen',
  docs: 'https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures',
  scheme: bodyFieldsHmac({
    items: 'notificationItems',
    fields: [
      [ITEM, 'pspReference'],
      [ITEM, 'originalReference'],
      [ITEM, 'merchantAccountCode'],
      [ITEM, 'merchantReference'],
      [ITEM, 'amount', 'value'],
      [ITEM, 'amount', 'currency'],
      [ITEM, 'eventCode'],
      [ITEM, 'success'],
    ],
    joiner: ':',
    signature: [ITEM, 'additionalData', 'hmacSignature'],
    encoding: 'base64',
    key: 'hex',
  }),
  split: '/notificationItems',
  // Accounts of older days are only content with this text; the others do not read it.
  reply: { status: 200, contentType: 'text/plain; charset=utf-8', body: '[accepted]' },
  // Only of signed fields. The same event with another outcome is another event.
  externalId: ({ payload }) => {
    const parts = ID_FIELDS.map((name) => itemText(payload, name) ?? '');
    return itemText(payload, 'pspReference') === undefined ? undefined : parts.join('/');
  },
  eventType: ({ payload }) => itemText(payload, 'eventCode'),
  occurredAt: ({ payload }) => dateOf(field(payload, ITEM, 'eventDate')),
  subject: ({ payload }) => itemText(payload, 'originalReference') ?? itemText(payload, 'pspReference'),
  tenant: ({ payload }) => itemText(payload, 'merchantAccountCode'),
  livemode: ({ whole }) => {
    const live = textOf(field(whole, 'live'));
    return live === undefined ? undefined : live === 'true';
  },
});

function itemText(payload: unknown, name: string): string | undefined {
  return textOf(field(payload, ITEM, name));
}
