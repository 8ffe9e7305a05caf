/**
 * https://linear.app/developers/webhooks
 * Only the body is signed, and the time stands in it. Linear sends again after 1 minute, 1 hour and 6 hours, and does not
 * say whether with a new time, so the window is wide; that a delivery is seen once, its id has to see to.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { datedBodyHmac } from '../schemes/dated-body-hmac.js';

/** Linear: webhooks of one workspace or app. */
export const linear = defineSource({
  type: 'linear',
  docs: 'https://linear.app/developers/webhooks#securing-webhooks',
  scheme: datedBodyHmac({
    header: 'linear-signature',
    algorithm: 'sha256',
    encoding: 'hex',
    time: { field: 'webhookTimestamp', format: 'milliseconds' },
  }),
  unsigned: ['id'],
  toleranceSeconds: 7 * 3600,
  redeliveryHours: 7,
  externalId: ({ headers }) => headers['linear-delivery'],
  eventType: ({ payload }) => {
    const type = textOf(field(payload, 'type'));
    return type && [type, textOf(field(payload, 'action'))].filter((part) => part).join('.');
  },
  occurredAt: ({ payload }) => dateOf(field(payload, 'createdAt')),
  subject: ({ payload }) => textOf(field(payload, 'data', 'id')),
  tenant: ({ payload }) => textOf(field(payload, 'organizationId')),
  headers: { keep: ['linear-delivery', 'linear-event'] },
});
