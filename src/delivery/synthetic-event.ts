import { newId, publicId } from '../database/ids.js';
import { NO_REPLAY, type ClaimedDelivery } from '../queue/claimed-delivery.js';
import type { HttpDestination, Topology } from '../routing/topology.js';

/** Where it comes from, as far as its receiver is told. */
const SOURCE = 'hookyard-test';
const SOURCE_TYPE = 'hookyard';
const TYPE = 'test';
const MESSAGE = 'A test, sent by an operator: nothing has happened. Answer 2xx and do nothing.';

/**
 * An event that never came in, to try a destination out with: `hookyard.test`. Where deliveries are signed again by their source's own
 * scheme, this one is signed as those of the destination's first route are.
 */
export function syntheticEvent(
  destination: HttpDestination,
  topology: Pick<Topology, 'routes' | 'sources'>,
  now: Date,
): { readonly delivery: ClaimedDelivery; readonly bytes: Buffer } {
  const eventId = newId();
  const bytes = Buffer.from(
    JSON.stringify({
      type: `${SOURCE_TYPE}.${TYPE}`,
      message: MESSAGE,
      destination: destination.name,
      sentAt: now.toISOString(),
    }),
  );
  const isResigned = destination.payload === 'raw' && destination.resignWith !== undefined;
  const delivery: ClaimedDelivery = {
    id: newId(),
    eventId,
    replayId: NO_REPLAY,
    lane: undefined,
    attempts: 0,
    roundAttempts: 0,
    ageMs: 0,
    isTest: true,
    source: (isResigned ? firstSource(destination, topology) : undefined) ?? SOURCE,
    sourceType: SOURCE_TYPE,
    externalId: publicId('evt', eventId),
    type: TYPE,
    subject: undefined,
    tenant: undefined,
    occurredAt: undefined,
    receivedAt: now,
    apiVersion: undefined,
    livemode: undefined,
    verified: true,
    headers: {},
    signatureHeaders: {},
    contentType: 'application/json',
    bodyFormat: 'json',
    // Stored nowhere; only its length means something.
    body: { day: now.toISOString().slice(0, 10), id: eventId, offset: 0, length: bytes.length },
  };
  return { delivery, bytes };
}

/** The slug of a source that the first route to the destination takes events from. */
function firstSource(
  { id }: HttpDestination,
  { routes, sources }: Pick<Topology, 'routes' | 'sources'>,
): string | undefined {
  for (const { destinationId, sourceSlug, sourceType } of routes) {
    if (destinationId !== id) continue;
    const source =
      sourceSlug === undefined
        ? [...sources.values()].find(({ description }) => description.type === sourceType)
        : sources.get(sourceSlug);
    if (source) return source.slug;
  }
  return undefined;
}
