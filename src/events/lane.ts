import { createHash } from 'node:crypto';

/** Which order a route keeps among the deliveries of one subject. At least one of the two is set. */
export interface RouteOrder {
  /** In the order of arrival, one after the other's end. */
  readonly ordered: boolean;
  /** What is older than one delivered already is not sent. */
  readonly latestOnly: boolean;
}

/** A delivery's place in an order. */
export interface LanePlace extends RouteOrder {
  /** A UUID: one for each source, tenant and subject. With the destination it names the lane. */
  readonly key: string;
}

/**
 * The place of an event's delivery by a route with an order; `undefined` without a subject: it has no order then. Ids of subjects
 * are a provider's or its tenant's own, so two sources never share a lane.
 */
export function placeInLane(
  order: RouteOrder | undefined,
  about: { readonly sourceId: number; readonly tenant: string | undefined; readonly subject: string | undefined },
): LanePlace | undefined {
  if (order === undefined || about.subject === undefined) return undefined;
  const name = JSON.stringify([about.sourceId, about.tenant ?? null, about.subject]);
  const hex = createHash('sha256').update(name).digest('hex');
  return { ...order, key: [0, 8, 12, 16, 20].map((from, n) => hex.slice(from, [8, 12, 16, 20, 32][n])).join('-') };
}
