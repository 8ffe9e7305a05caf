import { askFilter, STEPS_PER_EVENT, Work, type Filter, type FilterDocument } from '../filters/filter.js';
import { matchType } from './match-type.js';

/** From the events of one source, or of every source of a type, to one destination. */
export interface Route {
  readonly id: number;
  /** Exactly one of `sourceSlug` and `sourceType` is set. */
  readonly sourceSlug: string | undefined;
  readonly sourceType: string | undefined;
  /** Patterns; see `matchType`. */
  readonly types: readonly string[];
  readonly filter: Filter | undefined;
  readonly destinationId: number;
}

/** Where an event goes, and by which route. */
export interface Match {
  readonly destinationId: number;
  readonly routeId: number;
  /** Set: the route's filter could not be answered, for this reason. The delivery is made, but dead (`filter_failed`). */
  readonly filterFailure: string | undefined;
}

/** What one route says of an event. */
export type RouteVerdict =
  | { readonly verdict: 'match' }
  /** It is for another source. */
  | { readonly verdict: 'source' }
  /** None of its patterns takes the event's type. */
  | { readonly verdict: 'type' }
  /** Its filter says no; `condition` is where in the filter. */
  | { readonly verdict: 'filter'; readonly condition: string }
  | { readonly verdict: 'filter_failed'; readonly reason: string };

const MATCH: RouteVerdict = { verdict: 'match' };
const OTHER_SOURCE: RouteVerdict = { verdict: 'source' };
const OTHER_TYPE: RouteVerdict = { verdict: 'type' };

/** Asks one route. `allowance`: the work that the event's filters may still do. Pure; never throws. */
export function judgeRoute(event: FilterDocument, route: Route, allowance: Work): RouteVerdict {
  if (route.sourceSlug !== event.source && route.sourceType !== event.sourceType) return OTHER_SOURCE;
  if (!route.types.some((pattern) => matchType(pattern, event.type))) return OTHER_TYPE;
  if (route.filter === undefined) return MATCH;
  const answer = askFilter(route.filter, event, allowance);
  if (answer.answer === 'yes') return MATCH;
  return answer.answer === 'no'
    ? { verdict: 'filter', condition: answer.condition }
    : { verdict: 'filter_failed', reason: answer.reason };
}

/**
 * Which destinations an event goes to. Several routes to one destination make one delivery: the first in order that takes the
 * event wins, and one whose filter failed counts only when no other takes it. An event that no route takes has no destinations; it
 * is stored all the same. Pure: whoever matches an event, now or later, asks this. `allowance`: what its filters may do together.
 */
export function matchRoutes(
  event: FilterDocument,
  routes: readonly Route[],
  allowance: Work = new Work(STEPS_PER_EVENT),
): Match[] {
  const matches = new Map<number, Match>();
  for (const route of routes) {
    const before = matches.get(route.destinationId);
    if (before && before.filterFailure === undefined) continue;
    const verdict = judgeRoute(event, route, allowance);
    const { id: routeId, destinationId } = route;
    if (verdict.verdict === 'match') matches.set(destinationId, { destinationId, routeId, filterFailure: undefined });
    else if (verdict.verdict === 'filter_failed' && !before) {
      matches.set(destinationId, { destinationId, routeId, filterFailure: verdict.reason });
    }
  }
  return [...matches.values()];
}

/** Whether matching an event needs more of it than its source and type: whoever matches a stored event reads its body only then. */
export function asksForDocument(
  event: Pick<FilterDocument, 'source' | 'sourceType' | 'type'>,
  routes: readonly Route[],
): boolean {
  return routes.some(
    ({ filter, sourceSlug, sourceType, types }) =>
      filter !== undefined &&
      (sourceSlug === event.source || sourceType === event.sourceType) &&
      types.some((pattern) => matchType(pattern, event.type)),
  );
}
