import { publicId } from '../../database/ids.js';
import type { ClaimedDelivery } from '../../queue/claimed-delivery.js';
import { parseBody } from '../../sources/parse-body.js';
import type { WebhookEvent } from './webhook-handler.js';

/** What a handler is given of a delivery's event. `formField`: where the sender puts JSON into a form. */
export function toEvent(delivery: ClaimedDelivery, bytes: Buffer, formField?: string): WebhookEvent {
  const { source, sourceType, externalId, type, subject, tenant, occurredAt, receivedAt } = delivery;
  const { apiVersion, livemode, verified, headers, contentType } = delivery;
  return {
    id: publicId('evt', delivery.eventId),
    source,
    sourceType,
    externalId,
    type,
    subject,
    tenant,
    occurredAt,
    receivedAt,
    apiVersion,
    livemode,
    verified,
    headers,
    contentType,
    data: parseBody(contentType, bytes, formField).payload,
    rawBody: bytes,
  };
}
