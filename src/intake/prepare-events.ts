import { newId } from '../database/ids.js';
import type { NewEvent } from '../events/new-event.js';
import { HELD_BY_SOURCE } from '../routing/apply-sources.js';
import { matchRoutes } from '../routing/match-routes.js';
import type { Source, Topology } from '../routing/topology.js';
import { normalise } from '../sources/interpret.js';
import type { InboundRequest } from '../sources/source.js';

/** The events of a verified request with their deliveries, ready to be stored. They share one body. */
export function prepareEvents(topology: Topology, source: Source, inbound: InboundRequest): NewEvent[] {
  const events = normalise(source.description, inbound);
  const sharedBodyId = events.length > 1 ? newId() : undefined;
  return events.map((normalised) => {
    const id = newId();
    const about = { source: source.slug, sourceType: source.description.type, type: normalised.type };
    return {
      id,
      sourceId: source.id,
      normalised,
      body: inbound.body,
      bodyId: sharedBodyId ?? id,
      deliveries: matchRoutes(about, topology.routes).map((match) => ({ ...match, id: newId() })),
      heldReason: source.paused ? HELD_BY_SOURCE : undefined,
    };
  });
}
