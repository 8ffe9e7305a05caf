import { matchType } from './match-type.js';

/** From the events of one source, or of every source of a type, to one destination. */
export interface Route {
  readonly id: number;
  /** Exactly one of `sourceSlug` and `sourceType` is set. */
  readonly sourceSlug: string | undefined;
  readonly sourceType: string | undefined;
  /** Patterns; see `matchType`. */
  readonly types: readonly string[];
  readonly destinationId: number;
}

export interface Match {
  readonly destinationId: number;
  readonly routeId: number;
}

/**
 * Which destinations an event goes to. Several routes to one destination make one delivery: the first in order wins.
 * An event that no route takes has no destinations; it is stored all the same.
 */
export function matchRoutes(
  event: { readonly source: string; readonly sourceType: string; readonly type: string },
  routes: readonly Route[],
): Match[] {
  const matches = new Map<number, Match>();
  for (const route of routes) {
    if (matches.has(route.destinationId)) continue;
    const fromSource = route.sourceSlug === event.source || route.sourceType === event.sourceType;
    if (fromSource && route.types.some((pattern) => matchType(pattern, event.type))) {
      matches.set(route.destinationId, { destinationId: route.destinationId, routeId: route.id });
    }
  }
  return [...matches.values()];
}
