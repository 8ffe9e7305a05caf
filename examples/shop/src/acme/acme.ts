import { dateOf, defineSource, field, hmac, textOf } from 'hookyard/source';

/** Acme, a marketplace that nobody but us listens to: what its webhooks look like. Hookyard does the rest. */
export const acme = defineSource({
  type: 'acme',
  docs: 'https://acme.example/docs/webhooks',
  scheme: hmac({ header: 'x-acme-signature', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' }),
  externalId: ({ payload }) => textOf(field(payload, 'event_id')),
  eventType: ({ payload }) => textOf(field(payload, 'event')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'sent_at')),
  subject: ({ payload }) => textOf(field(payload, 'order', 'number')),
});
