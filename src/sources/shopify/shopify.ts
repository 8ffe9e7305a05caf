/**
 * https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 * https://shopify.dev/docs/apps/build/events/delivery-structure
 * Only the body is signed. What it is, for which shop, and its id stand in headers, in one of two families: classic
 * webhooks (`x-shopify-…`, topic `products/update`) and Events (`shopify-…`, topic `Product` with action `update`, which
 * the signed body repeats).
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { hmac } from '../schemes/hmac.js';
import type { VerifiedRequest } from '../source.js';

const CLASSIC = 'x-shopify-';
const EVENTS = 'shopify-';
const FAMILIES = [CLASSIC, EVENTS] as const;

const KEPT = [
  'topic',
  'action',
  'shop-domain',
  'webhook-id',
  'event-id',
  'triggered-at',
  'api-version',
  'name',
  'handle',
];

/** Shopify: classic webhooks and Events, of an app or of one shop. Accepts the old and the new secret while both are configured. */
export const shopify = defineSource({
  type: 'shopify',
  docs: 'https://shopify.dev/docs/apps/build/webhooks/verify-deliveries',
  scheme: hmac({
    header: ['x-shopify-hmac-sha256', 'shopify-hmac-sha256'],
    algorithm: 'sha256',
    encoding: 'base64',
  }),
  unsigned: ['id', 'type', 'tenant'],
  // Webhook-Id stays the same on retries. Event-Id is shared by the different topics of one merchant action.
  externalId: (request) => {
    const id = header(request, 'webhook-id');
    return id && [shopOf(request), id].filter((part) => part !== undefined).join('/');
  },
  // `products/update`; of Events `product/update`, `product_variant/create`: topic in snake case, then the action.
  eventType: (request) => {
    const inBody = (name: string) => textOf(field(request.payload, name));
    if (familyOf(request) === CLASSIC) return header(request, 'topic');
    const [topic, action] = [
      inBody('topic') ?? header(request, 'topic'),
      inBody('action') ?? header(request, 'action'),
    ];
    return topic && action ? `${snakeCase(topic)}/${action.toLowerCase()}` : topic;
  },
  occurredAt: (request) => dateOf(header(request, 'triggered-at')) ?? dateOf(field(request.payload, 'updated_at')),
  subject: ({ payload }) =>
    textOf(field(payload, 'admin_graphql_api_id')) ?? textOf(field(payload, 'id')) ?? eventsSubject(payload),
  tenant: shopOf,
  apiVersion: (request) => header(request, 'api-version'),
  headers: { keep: FAMILIES.flatMap((family) => KEPT.map((name) => family + name)) },
});

/** One family only, the first that is complete: a mixture would name an event that nobody sent. */
function familyOf({ headers }: VerifiedRequest): (typeof FAMILIES)[number] {
  const isComplete = (family: string) =>
    ['topic', 'shop-domain', 'webhook-id'].every((needed) => headers[family + needed]);
  return FAMILIES.find(isComplete) ?? FAMILIES.find((family) => headers[`${family}hmac-sha256`]) ?? CLASSIC;
}

function header(request: VerifiedRequest, name: string): string | undefined {
  return request.headers[familyOf(request) + name];
}

/** The compliance topics repeat the shop in the signed body. */
function shopOf(request: VerifiedRequest): string | undefined {
  return (header(request, 'shop-domain') ?? textOf(field(request.payload, 'shop_domain')))?.toLowerCase();
}

/** Events name their object in `query_variables`, by the topic: `productId` for `Product`. */
function eventsSubject(payload: unknown): string | undefined {
  const topic = textOf(field(payload, 'topic')) ?? '';
  return textOf(field(payload, 'query_variables', `${topic.charAt(0).toLowerCase()}${topic.slice(1)}Id`));
}

function snakeCase(topic: string): string {
  return topic.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}
