import { publicId } from '../../database/ids.js';
import { NO_REPLAY, type ClaimedDelivery } from '../../queue/claimed-delivery.js';
import type { HttpDestination } from '../../routing/topology.js';
import { signStandardWebhook } from '../../sources/schemes/standard-webhooks.js';
import type { SourceDescription } from '../../sources/source.js';
import { traceparentOf } from '../../telemetry/tracing/traceparent.js';
import { CLOUD_EVENT_TYPE, cloudEvent } from './cloud-event.js';

export interface OutgoingRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What HTTP allows in a header value; one stored from elsewhere that does not fit is left out rather than failing the send. */
const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Of the connection, not of the message (RFC 9110 §7.6.1), or computed anew: never handed on, even if a source keeps them. */
const NOT_HANDED_ON = new Set(
  'connection content-encoding content-length expect host keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);
const USER_AGENT = 'Hookyard';

/**
 * The request that carries a delivery. `webhook-id` is the event's id, the same on every attempt, retry and replay;
 * `idempotency-key` is the delivery's. `description`: the source's, to sign again in its own scheme, and to read its forms; `undefined` when
 * this build no longer knows it. A raw delivery that carries a Standard Webhooks signature of its sender keeps the sender's
 * `webhook-id` and `webhook-timestamp`, which are signed with it, unless the destination has signing secrets of its own.
 */
export function outgoingRequest(
  delivery: ClaimedDelivery,
  bytes: Buffer,
  destination: HttpDestination,
  description: SourceDescription | undefined,
  now: Date,
): OutgoingRequest {
  const raw = destination.payload === 'raw';
  const resigned = raw ? signAgain(delivery, bytes, destination, description, now) : undefined;
  const body = raw ? (resigned?.body ?? bytes) : cloudEvent(delivery, bytes, description?.formField);
  const eventId = publicId('evt', delivery.eventId);
  const timestampSeconds = Math.floor(now.getTime() / 1000);
  const secrets = destination.signingSecrets
    .filter(({ notAfter }) => notAfter === undefined || now <= notAfter)
    .map(({ value }) => value);
  const own = raw
    ? rawHeaders(delivery, resigned?.headers ?? (isPart(delivery) ? {} : delivery.signatureHeaders))
    : { 'content-type': CLOUD_EVENT_TYPE };
  const named = { 'webhook-id': eventId, 'webhook-timestamp': String(timestampSeconds) };
  const signed =
    secrets.length > 0
      ? signStandardWebhook({ id: eventId, timestampSeconds, body, secrets })
      : 'webhook-signature' in own
        ? {}
        : named;
  const headers: Record<string, string | undefined> = {
    'user-agent': USER_AGENT,
    ...own,
    ...destination.headers,
    ...signed,
    'idempotency-key': publicId('dlv', delivery.id),
    'hookyard-attempt': String(delivery.attempts + 1),
    'hookyard-replay': delivery.replayId === NO_REPLAY ? undefined : 'true',
    'hookyard-test': delivery.isTest ? 'true' : undefined,
    'hookyard-verified': delivery.verified ? undefined : 'false',
    traceparent: traceparentOf(delivery),
  };
  return {
    headers: Object.fromEntries(
      Object.entries(headers).filter(
        (entry): entry is [string, string] => entry[1] !== undefined && SENDABLE.test(entry[1]),
      ),
    ),
    body,
  };
}

/** The request signed anew in the sender's own scheme, as if it had been sent to the destination; `undefined`: not asked for. */
function signAgain(
  delivery: ClaimedDelivery,
  bytes: Buffer,
  destination: HttpDestination,
  description: SourceDescription | undefined,
  now: Date,
): { body: Buffer; headers: Record<string, string> } | undefined {
  if (destination.resignWith === undefined || !description) return undefined;
  const context = {
    secret: destination.resignWith,
    now,
    url: destination.url.href,
    method: 'POST',
    headers: { ...delivery.headers, ...delivery.signatureHeaders },
  };
  const body = description.scheme.signBody?.(bytes, context) ?? bytes;
  return { body, headers: description.scheme.sign(body, context) };
}

/** One of several events of its body: the sender's signature is over all of them and would only be found wrong. */
function isPart({ body: { offset, length, list } }: ClaimedDelivery): boolean {
  return list !== undefined && (offset > list.start || offset + length < list.end);
}

/** The sender's own headers, as far as the source keeps them; a bearer secret was never stored, so none can be sent on. */
function rawHeaders(
  delivery: ClaimedDelivery,
  signature: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  const kept = Object.entries(delivery.headers).filter(([name]) => !NOT_HANDED_ON.has(name));
  return { ...Object.fromEntries(kept), 'content-type': delivery.contentType, ...signature };
}
