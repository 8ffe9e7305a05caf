import { describe, expect, it } from '@jest/globals';
import { matchRoutes, type Route } from './match-routes.js';

const EVENT = { source: 'stripe-eu', sourceType: 'stripe', type: 'invoice.paid' };

function route(id: number, destinationId: number, from: Partial<Route>): Route {
  return { id, destinationId, sourceSlug: undefined, sourceType: undefined, types: ['*'], ...from };
}

describe('matchRoutes', () => {
  it('takes the events of one source, or of every source of a type', () => {
    const routes = [
      route(1, 10, { sourceSlug: 'stripe-eu' }),
      route(2, 20, { sourceType: 'stripe' }),
      route(3, 30, { sourceSlug: 'stripe' }),
      route(4, 40, { sourceType: 'stripe-eu' }),
    ];
    expect(matchRoutes(EVENT, routes)).toEqual([
      { destinationId: 10, routeId: 1 },
      { destinationId: 20, routeId: 2 },
    ]);
  });

  it('makes one delivery of several routes to one destination, and names the first in order that takes the event', () => {
    const routes = [
      route(7, 10, { sourceType: 'stripe', types: ['customer.*'] }),
      route(5, 10, { sourceType: 'stripe', types: ['invoice.*'] }),
      route(6, 10, { sourceSlug: 'stripe-eu' }),
    ];
    expect(matchRoutes(EVENT, routes)).toEqual([{ destinationId: 10, routeId: 5 }]);
  });

  it('needs only one of a route’s patterns', () => {
    const match = (types: string[]) => matchRoutes(EVENT, [route(1, 10, { sourceType: 'stripe', types })]).length;
    expect(match(['customer.*', 'invoice.paid'])).toBe(1);
    expect(match(['customer.*'])).toBe(0);
    expect(match([])).toBe(0);
  });

  it('gives an event that no route takes no destination', () => {
    expect(matchRoutes(EVENT, [])).toEqual([]);
    expect(matchRoutes({ ...EVENT, type: 'unparsed' }, [route(1, 10, { sourceType: 'stripe' })])).toEqual([]);
  });
});
