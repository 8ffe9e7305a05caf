/**
 * https://core.telegram.org/bots/api#setwebhook (`secret_token`)
 * Telegram signs nothing: it repeats a token that we chose. An update does not name its bot either; the source's slug does.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { sharedToken } from '../schemes/shared-token.js';

const TOKEN_HEADER = 'x-telegram-bot-api-secret-token';

/** Where a chat, else a person, else the thing itself is named, e.g. a poll's id: Telegram keeps the order within these. */
const SUBJECTS = [
  ['chat', 'id'],
  ['message', 'chat', 'id'],
  ['from', 'id'],
  ['user', 'id'],
  ['voter_chat', 'id'],
  ['id'],
] as const;

/** Telegram: the updates of one bot. */
export const telegram = defineSource({
  type: 'telegram',
  docs: 'https://core.telegram.org/bots/api#setwebhook',
  scheme: sharedToken({
    header: TOKEN_HEADER,
    allowed: { pattern: /^[A-Za-z0-9_-]{1,256}$/, words: '1 to 256 characters of A-Z, a-z, 0-9, _ and -' },
  }),
  externalId: ({ payload }) => textOf(field(payload, 'update_id')),
  eventType: ({ payload }) => kindOf(payload),
  occurredAt: ({ payload }) => {
    const update = field(payload, kindOf(payload) ?? '');
    return dateOf(field(update, 'edit_date') ?? field(update, 'date'));
  },
  subject: ({ payload }) => {
    const update = field(payload, kindOf(payload) ?? '');
    return SUBJECTS.map((path) => textOf(field(update, ...path))).find((id) => id !== undefined);
  },
  headers: { secret: [TOKEN_HEADER] },
});

/** An update has `update_id` and one key more, which is its type. New ones come with every release, so any is taken. */
function kindOf(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  return Object.keys(payload).find((key) => key !== 'update_id');
}
