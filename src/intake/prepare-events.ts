import { newId } from '../database/ids.js';
import type { NewEvent } from '../events/new-event.js';
import { sightingOf } from '../events/sighting.js';
import { HELD_BY_SOURCE } from '../routing/apply-sources.js';
import { matchRoutes } from '../routing/match-routes.js';
import type { Source, Topology } from '../routing/topology.js';
import { normalise } from '../sources/interpret.js';
import type { InboundRequest } from '../sources/source.js';

const DEFAULT_REDELIVERY_HOURS = 24;

/** What stands before the external id of an event that was not verified; see `prepareEvents`. */
export const UNVERIFIED_ID = 'unverified:';

/**
 * The events of a request with their deliveries, ready to be stored. They share one body.
 *
 * `refusal`: what was wrong with a request that is taken unverified (shadow mode). Its events have ids of their own kind, or a
 * forger could send an id first and the genuine event would be its duplicate; and they are no evidence against later bodies.
 */
export function prepareEvents(
  topology: Topology,
  source: Source,
  inbound: InboundRequest,
  refusal?: string,
): NewEvent[] {
  const { description } = source;
  const events = normalise(description, inbound);
  const sharedBodyId = events.length > 1 ? newId() : undefined;
  const isWatched = refusal === undefined && description.unsigned?.includes('id') === true;
  const windowHours = description.redeliveryHours ?? DEFAULT_REDELIVERY_HOURS;
  return events.map((normalised) => {
    const id = newId();
    const about = { source: source.slug, sourceType: description.type, type: normalised.type };
    return {
      id,
      sourceId: source.id,
      normalised:
        refusal === undefined ? normalised : { ...normalised, externalId: UNVERIFIED_ID + normalised.externalId },
      body: inbound.body,
      bodyId: sharedBodyId ?? id,
      deliveries: matchRoutes(about, topology.routes).map((match) => ({ ...match, id: newId() })),
      heldReason: source.paused ? HELD_BY_SOURCE : undefined,
      sighting: isWatched ? sightingOf(normalised, source.suspectedReplays, windowHours) : undefined,
      refusal,
    };
  });
}
