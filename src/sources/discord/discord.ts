/**
 * https://docs.discord.com/developers/events/webhook-events
 * Webhook events. Interactions are signed alike, but Discord shows our answer to a person within seconds, so they need an
 * application that answers by itself. Discord sends bad signatures on purpose and wants 401 for them.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { ed25519 } from '../schemes/public-key.js';

/** Discord: the webhook events of one application. The secret is the application's public key. */
export const discord = defineSource({
  type: 'discord',
  docs: 'https://docs.discord.com/developers/events/webhook-events',
  scheme: ed25519({ header: 'x-signature-ed25519', timestampHeader: 'x-signature-timestamp' }),
  // Retries go on for 10 minutes; whether each is signed anew is not documented.
  toleranceSeconds: 900,
  // Discord asks whether somebody is there (PING, type 0), and wants no body in any answer.
  challenge: { post: ({ payload }) => (field(payload, 'type') === 0 ? { status: 204 } : undefined) },
  reply: { status: 204 },
  // There is no id; where the data have none of their own either, equal bodies are one event.
  externalId: ({ payload }) => {
    const id = textOf(field(payload, 'event', 'data', 'id'));
    const [type, time] = ['type', 'timestamp'].map((name) => textOf(field(payload, 'event', name)));
    return id && type && time && [textOf(field(payload, 'application_id')), type, time, id].join('/');
  },
  eventType: ({ payload }) => textOf(field(payload, 'event', 'type')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'event', 'timestamp')),
  subject: ({ payload }) =>
    textOf(field(payload, 'event', 'data', 'id')) ?? textOf(field(payload, 'event', 'data', 'user', 'id')),
  tenant: ({ payload }) =>
    textOf(field(payload, 'event', 'data', 'guild', 'id')) ?? textOf(field(payload, 'event', 'data', 'guild_id')),
});
