import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { deliveryPolicy } from '../config/delivery-policy.js';
import type { Route } from '../routing/match-routes.js';
import type { HttpDestination, Source, Topology } from '../routing/topology.js';
import { shopify } from '../sources/shopify/shopify.js';
import type { SourceDescription } from '../sources/source.js';
import { stripe } from '../sources/stripe/stripe.js';
import { outgoingRequest } from './http/outgoing-request.js';
import { syntheticEvent } from './synthetic-event.js';

const NOW = new Date();
const SECRET = 'whsec_of_the_receiver';
const DESTINATION: HttpDestination = {
  kind: 'http',
  id: 7,
  name: 'billing',
  policy: deliveryPolicy(),
  url: new URL('https://billing.test/hooks'),
  payload: 'cloudevents',
  signingSecrets: [],
  resignWith: undefined,
  headers: {},
  allowPrivateNetwork: false,
  tls: undefined,
  proxy: undefined,
};
const route = (destinationId: number, from: Partial<Route>): Route => ({
  id: destinationId,
  sourceSlug: undefined,
  sourceType: undefined,
  types: ['*'],
  filter: undefined,
  destinationId,
  ...from,
});
const source = (slug: string, description: SourceDescription): [string, Source] => [
  slug,
  { slug, description } as unknown as Source,
];

/** The request that a test of the destination makes. */
function requestTo(to: Partial<HttpDestination>, topology: Pick<Topology, 'routes' | 'sources'>) {
  const destination = { ...DESTINATION, ...to };
  const { delivery, bytes } = syntheticEvent(destination, topology, NOW);
  const description = topology.sources.get(delivery.source)?.description;
  return outgoingRequest(delivery, bytes, destination, description, NOW);
}

const SOURCES = new Map([source('shop', shopify), source('stripe-eu', stripe)]);

describe('a synthetic event', () => {
  it('is a CloudEvent of the type hookyard.test, and its request says that it is a test', () => {
    const { headers, body } = requestTo({}, { routes: [route(7, { sourceSlug: 'shop' })], sources: SOURCES });
    expect(headers).toMatchObject({ 'hookyard-test': 'true', 'hookyard-attempt': '1' });
    expect(JSON.parse(body.toString())).toMatchObject({
      specversion: '1.0',
      id: headers['webhook-id'],
      source: '/webhooks/hookyard-test',
      type: 'hookyard.test',
      data: { type: 'hookyard.test', destination: 'billing', sentAt: NOW.toISOString() },
    });
  });

  it('is another one each time', () => {
    const ids = [1, 2].map(() => requestTo({}, { routes: [], sources: SOURCES }).headers);
    expect(ids[0]?.['webhook-id']).not.toBe(ids[1]?.['webhook-id']);
    expect(ids[0]?.['idempotency-key']).not.toBe(ids[1]?.['idempotency-key']);
  });

  it.each([{ sourceSlug: 'stripe-eu' }, { sourceType: 'stripe' }])(
    'is signed again as what comes by the first route, %j, whose library accepts it',
    (from) => {
      const routes = [route(3, { sourceSlug: 'shop' }), route(7, from), route(7, { sourceSlug: 'shop' })];
      const { headers, body } = requestTo({ payload: 'raw', resignWith: SECRET }, { routes, sources: SOURCES });
      const signature = headers['stripe-signature'] ?? '';
      expect(new Stripe('sk_test_unused').webhooks.constructEvent(body, signature, SECRET).type).toBe('hookyard.test');
    },
  );

  it('goes unsigned where no route leads to the destination', () => {
    const { headers } = requestTo({ payload: 'raw', resignWith: SECRET }, { routes: [], sources: SOURCES });
    expect(Object.keys(headers).filter((name) => name.includes('signature'))).toEqual([]);
  });
});
