/**
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started
 * WhatsApp, Messenger, Instagram and Pages. Meta escapes what is not ASCII before it signs, so only the exact bytes match.
 * One request may hold many updates, and none has an id of its own at the top.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, onlyOf, textOf } from '../field.js';
import { hmac } from '../schemes/hmac.js';

/** Meta: the webhooks of one app. The secret is the app secret. */
export const meta = defineSource({
  type: 'meta',
  docs: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads',
  scheme: hmac({ header: 'x-hub-signature-256', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' }),
  // Of a request with one update: a message, the status of one (`wamid/read`), or one of Messenger or Instagram.
  externalId: ({ payload }) => {
    const entry = onlyOf(field(payload, 'entry'));
    const value = field(onlyOf(field(entry, 'changes')), 'value');
    const status = onlyOf(field(value, 'statuses'));
    const statusId = textOf(field(status, 'id'));
    const message = textOf(field(onlyOf(field(value, 'messages')), 'id'));
    const direct = textOf(field(onlyOf(field(entry, 'messaging')), 'message', 'mid'));
    return message ?? (statusId && `${statusId}/${textOf(field(status, 'status'))}`) ?? direct;
  },
  // `whatsapp_business_account.messages`, `page.feed`, `instagram.messaging`.
  eventType: ({ payload }) => {
    const object = textOf(field(payload, 'object'));
    const change = textOf(field(payload, 'entry', 0, 'changes', 0, 'field'));
    const kind = change ?? (field(payload, 'entry', 0, 'messaging') === undefined ? undefined : 'messaging');
    return object && [object, kind].filter((part) => part).join('.');
  },
  // Seconds of Pages, milliseconds of Messenger and Instagram.
  occurredAt: ({ payload }) => {
    const time = field(payload, 'entry', 0, 'time');
    return dateOf(typeof time === 'number' && time > 1e11 ? time / 1000 : time);
  },
  subject: ({ payload }) =>
    textOf(field(payload, 'entry', 0, 'changes', 0, 'value', 'metadata', 'phone_number_id')) ??
    textOf(field(payload, 'entry', 0, 'messaging', 0, 'sender', 'id')),
  tenant: ({ payload }) => textOf(field(payload, 'entry', 0, 'id')),
});
