/**
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started
 * WhatsApp, Messenger, Instagram and Pages. Meta escapes what is not ASCII before it signs, so only the exact bytes match.
 * One request may hold many entries, each of one account; none has an id of its own.
 */
import { z } from 'zod';
import { defineSource } from '../define-source.js';
import { dateOf, field, onlyOf, textOf } from '../field.js';
import { hmac } from '../schemes/hmac.js';
import { isVerifyToken, verifyTokenOption } from '../schemes/verify-token.js';
import type { Challenge } from '../source.js';

const options = z.strictObject({
  /** The *Verify token* that you enter with the URL. Without it Meta cannot register the URL, and no GET is answered. */
  verifyToken: verifyTokenOption.optional(),
});

/** Meta: the webhooks of one app. The secret is the app secret. */
export const meta = defineSource<z.output<typeof options>>({
  type: 'meta',
  docs: 'https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads',
  options,
  scheme: hmac({ header: 'x-hub-signature-256', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' }),
  configure: ({ verifyToken }) => (verifyToken === undefined ? {} : { challenge: challengeOf(verifyToken) }),
  split: '/entry',
  // Of an entry with one update: a message, the status of one (`wamid/read`), or one of Messenger or Instagram, where the
  // same id comes back when a message is taken back (`mid/is_deleted`), and to the account that sent it (`mid/is_echo`).
  externalId: ({ payload }) => {
    const value = field(onlyOf(field(payload, 'changes')), 'value');
    const [messages, statuses] = [field(value, 'messages'), field(value, 'statuses')];
    // With both in one entry neither id is that of the whole.
    if (messages !== undefined && statuses !== undefined) return undefined;
    const [message, status] = [onlyOf(messages), onlyOf(statuses)];
    const direct = field(onlyOf(field(payload, 'messaging')), 'message');
    return (
      textOf(field(message, 'id')) ??
      joined(field(status, 'id'), field(status, 'status')) ??
      joined(field(direct, 'mid'), ...['is_deleted', 'is_echo'].filter((flag) => field(direct, flag) === true))
    );
  },
  // `whatsapp_business_account.messages`, `page.feed`, `instagram.messaging`.
  eventType: ({ payload, whole }) => {
    const object = textOf(field(whole, 'object'));
    const change = textOf(field(payload, 'changes', 0, 'field'));
    const kind = change ?? (field(payload, 'messaging') === undefined ? undefined : 'messaging');
    return object && [object, kind].filter((part) => part).join('.');
  },
  // Seconds of Pages, milliseconds of Messenger and Instagram.
  occurredAt: ({ payload }) => {
    const time = field(payload, 'time');
    return dateOf(typeof time === 'number' && time > 1e11 ? time / 1000 : time);
  },
  subject: ({ payload }) =>
    textOf(field(payload, 'changes', 0, 'value', 'metadata', 'phone_number_id')) ??
    textOf(field(payload, 'messaging', 0, 'sender', 'id')),
  tenant: ({ payload }) => textOf(field(payload, 'id')),
});

function joined(id: unknown, ...more: readonly unknown[]): string | undefined {
  const text = textOf(id);
  return text && [text, ...more].join('/');
}

/** Meta asks with GET, and repeats the token that was entered with the URL. */
function challengeOf(verifyToken: string): Challenge {
  return {
    get: ({ query }) =>
      query['hub.mode'] === 'subscribe' && isVerifyToken(query['hub.verify_token'], verifyToken)
        ? { echo: query['hub.challenge'] ?? '' }
        : undefined,
  };
}
