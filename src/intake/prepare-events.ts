import { newId } from '../database/ids.js';
import { placeInLane, type RouteOrder } from '../events/lane.js';
import type { NewEvent } from '../events/new-event.js';
import { sightingOf } from '../events/sighting.js';
import { HELD_BY_SOURCE } from '../routing/apply-sources.js';
import { STEPS_PER_EVENT, Work } from '../filters/filter.js';
import { matchRoutes } from '../routing/match-routes.js';
import type { Source, Topology } from '../routing/topology.js';
import { normalise } from '../sources/interpret.js';
import type { InboundRequest } from '../sources/source.js';

const DEFAULT_REDELIVERY_HOURS = 24;

/** Of a body with more events, each filter's share of the work shrinks: one request must not stop intake for seconds. */
const FULL_SHARES = 10;

/** What stands before the external id of an event that was not verified; see `prepareEvents`. */
const UNVERIFIED_ID = 'unverified:';

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
  const allowance = new Work(STEPS_PER_EVENT * Math.min(events.length, FULL_SHARES));
  // The parsed body is not kept while the event waits to be written: it may be many times as large as its bytes.
  return events.map(({ payload, ...normalised }) => {
    const id = newId();
    const { type, subject, tenant, livemode, headers } = normalised;
    const about = {
      source: source.slug,
      sourceType: description.type,
      type,
      subject,
      tenant,
      livemode,
      headers,
      data: payload,
    };
    return {
      id,
      sourceId: source.id,
      normalised:
        refusal === undefined ? normalised : { ...normalised, externalId: UNVERIFIED_ID + normalised.externalId },
      body: inbound.body,
      bodyId: sharedBodyId ?? id,
      deliveries: matchRoutes(about, topology.routes, allowance).map(({ destinationId, routeId, filterFailure }) => ({
        id: newId(),
        destinationId,
        routeId,
        deadReason: filterFailure === undefined ? undefined : 'filter_failed',
        lane: placeInLane(orderOf(topology, routeId, refusal), { ...normalised, sourceId: source.id }),
      })),
      routedRevision: topology.revision,
      heldReason: source.paused ? HELD_BY_SOURCE : undefined,
      sighting: isWatched ? sightingOf(normalised, source.suspectedReplays, windowHours) : undefined,
      refusal,
    };
  });
}

/** What nobody verified never makes a genuine event count as outdated. In an order it has its place like any other. */
function orderOf({ orders }: Topology, routeId: number, refusal: string | undefined): RouteOrder | undefined {
  const order = orders.get(routeId);
  if (order === undefined || refusal === undefined) return order;
  return order.ordered ? { ...order, latestOnly: false } : undefined;
}
