import { describe, expect, it } from '@jest/globals';
import { compileFilter } from '../filters/compile-filter.js';
import { unusableFilter, type Filter, type FilterDocument } from '../filters/filter.js';
import { matchRoutes, type Route } from './match-routes.js';

const EVENT: FilterDocument = {
  source: 'stripe-eu',
  sourceType: 'stripe',
  type: 'invoice.paid',
  subject: undefined,
  tenant: undefined,
  livemode: true,
  headers: {},
  data: { amount: 7 },
};

function route(id: number, destinationId: number, from: Partial<Route>): Route {
  return { id, destinationId, sourceSlug: undefined, sourceType: undefined, types: ['*'], filter: undefined, ...from };
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
      { destinationId: 10, routeId: 1, filterFailure: undefined },
      { destinationId: 20, routeId: 2, filterFailure: undefined },
    ]);
  });

  it('makes one delivery of several routes to one destination, and names the first in order that takes the event', () => {
    const routes = [
      route(7, 10, { sourceType: 'stripe', types: ['customer.*'] }),
      route(5, 10, { sourceType: 'stripe', types: ['invoice.*'] }),
      route(6, 10, { sourceSlug: 'stripe-eu' }),
    ];
    expect(matchRoutes(EVENT, routes)).toEqual([{ destinationId: 10, routeId: 5, filterFailure: undefined }]);
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

  it('asks the filter of a route, and lets a later route to the destination take what an earlier one does not want', () => {
    const routes = [
      route(1, 10, { sourceType: 'stripe', filter: filter({ 'data.amount': { $gt: 7 } }) }),
      route(2, 10, { sourceType: 'stripe', filter: filter({ 'data.amount': 7, livemode: true }) }),
      route(3, 20, { sourceType: 'stripe', filter: filter({ 'data.amount': { $gt: 7 } }) }),
    ];
    expect(matchRoutes(EVENT, routes)).toEqual([{ destinationId: 10, routeId: 2, filterFailure: undefined }]);
  });

  it('makes a failed filter a match that says so, unless another route takes the event to the destination', () => {
    const broken = unusableFilter('out of order');
    const failing = route(1, 10, { sourceType: 'stripe', filter: broken });
    const failed = { destinationId: 10, routeId: 1, filterFailure: 'out of order' };
    expect(matchRoutes(EVENT, [failing, route(2, 20, { sourceType: 'stripe' })])).toEqual([
      failed,
      { destinationId: 20, routeId: 2, filterFailure: undefined },
    ]);
    expect(matchRoutes(EVENT, [failing, route(2, 10, { sourceType: 'stripe', filter: broken })])).toEqual([failed]);
    expect(matchRoutes(EVENT, [failing, route(2, 10, { sourceType: 'stripe' })])).toEqual([
      { destinationId: 10, routeId: 2, filterFailure: undefined },
    ]);
    expect(matchRoutes(EVENT, [{ ...failing, types: ['customer.*'] }])).toEqual([]);
  });
});

function filter(input: unknown): Filter {
  const compiled = compileFilter(input);
  if (!('conditions' in compiled)) throw new Error(JSON.stringify(compiled));
  return compiled;
}
