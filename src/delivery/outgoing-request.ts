import { randomBytes } from 'node:crypto';
import { publicId } from '../database/ids.js';
import { NO_REPLAY, type ClaimedDelivery } from '../queue/batch.store.js';
import type { HttpDestination } from '../routing/topology.js';
import { signStandardWebhook } from '../sources/schemes/standard-webhooks.js';
import type { SourceDescription } from '../sources/source.js';
import { CLOUD_EVENT_TYPE, cloudEvent } from './cloud-event.js';

export interface OutgoingRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What HTTP allows in a header value; one stored from elsewhere that does not fit is left out rather than failing the send. */
const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/;
const USER_AGENT = 'Hookyard';

/**
 * The request that carries a delivery. `webhook-id` is the event's id, the same on every attempt, retry and replay;
 * `idempotency-key` is the delivery's. `description`: the source's type, to sign again in its own scheme; `undefined` when
 * this build no longer knows it.
 */
export function outgoingRequest(
  delivery: ClaimedDelivery,
  bytes: Buffer,
  destination: HttpDestination,
  description: SourceDescription | undefined,
  now: Date,
): OutgoingRequest {
  const raw = destination.payload === 'raw';
  const body = raw ? bytes : cloudEvent(delivery, bytes);
  const eventId = publicId('evt', delivery.eventId);
  const timestampSeconds = Math.floor(now.getTime() / 1000);
  const signed =
    destination.signingSecrets.length > 0
      ? signStandardWebhook({ id: eventId, timestampSeconds, body, secrets: destination.signingSecrets })
      : { 'webhook-id': eventId, 'webhook-timestamp': String(timestampSeconds) };
  const headers: Record<string, string | undefined> = {
    'user-agent': USER_AGENT,
    ...(raw ? rawHeaders(delivery, bytes, destination, description, now) : { 'content-type': CLOUD_EVENT_TYPE }),
    ...destination.headers,
    ...signed,
    'idempotency-key': publicId('dlv', delivery.id),
    'hookyard-attempt': String(delivery.attempts + 1),
    'hookyard-replay': delivery.replayId === NO_REPLAY ? undefined : 'true',
    // One trace per event, whoever asks: its id is the event's.
    traceparent: `00-${delivery.eventId.replaceAll('-', '')}-${randomBytes(8).toString('hex')}-00`,
  };
  return {
    headers: Object.fromEntries(
      Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined && SENDABLE.test(entry[1])),
    ),
    body,
  };
}

/** The sender's own headers, as far as the source keeps them; a bearer secret was never stored, so none can be sent on. */
function rawHeaders(
  delivery: ClaimedDelivery,
  bytes: Buffer,
  destination: HttpDestination,
  description: SourceDescription | undefined,
  now: Date,
): Record<string, string | undefined> {
  const signature =
    destination.resignWith !== undefined && description
      ? description.scheme.sign(bytes, { secret: destination.resignWith, now, id: delivery.externalId })
      : delivery.signatureHeaders;
  return { ...delivery.headers, 'content-type': delivery.contentType, ...signature };
}
