/**
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
const FAMILIES = [CLASSIC, 'shopify-'] as const;
const KEPT = 'topic action shop-domain webhook-id event-id triggered-at api-version name handle'.split(' ');

/** Kinds of bodies whose topics are certain, `products/…` and so on: where both are known and differ, the headers lie. */
const KINDS = ['Product', 'Order', 'Customer', 'Collection'];

/** Shopify: classic webhooks and Events, of an app or of one shop. Accepts the old and the new secret while both are configured. */
export const shopify = defineSource({
  type: 'shopify',
  docs: 'https://shopify.dev/docs/apps/build/webhooks/verify-deliveries',
  scheme: hmac({ header: ['x-shopify-hmac-sha256', 'shopify-hmac-sha256'], algorithm: 'sha256', encoding: 'base64' }),
  unsigned: ['id', 'type', 'tenant'],
  // Eight retries within four hours.
  redeliveryHours: 5,
  // Webhook-Id stays the same on retries. Event-Id is shared by the different topics of one merchant action.
  externalId: (request) => {
    const id = header(request, 'webhook-id');
    return id && [shopOf(request), id].filter((part) => part !== undefined).join('/');
  },
  // `products/update`; of Events `product/update`, `product_variant/create`: topic in snake case, then the action.
  eventType: (request) => {
    if (familyOf(request) === CLASSIC) return isContradicted(request) ? undefined : header(request, 'topic');
    const [topic, action] = ['topic', 'action'].map(
      (name) => textOf(field(request.payload, name)) ?? header(request, name),
    );
    return topic && action ? `${topic.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_')}/${action}`.toLowerCase() : topic;
  },
  occurredAt: (request) => dateOf(header(request, 'triggered-at')) ?? dateOf(field(request.payload, 'updated_at')),
  // A deletion has nothing but its number, so that and the topic are the subject of all: `products/788032119674292922`.
  subject: (request) => {
    const [resource, id] = [resourceOf(request), textOf(field(request.payload, 'id'))];
    if (resource && id) return `${resource}/${id}`;
    return id ?? textOf(field(request.payload, 'admin_graphql_api_id')) ?? eventsSubject(request.payload);
  },
  tenant: shopOf,
  apiVersion: (request) => header(request, 'api-version'),
  headers: { keep: FAMILIES.flatMap((family) => KEPT.map((name) => family + name)) },
});

/** One family only, the first that is complete: a mixture would name an event that nobody sent. */
function familyOf({ headers }: VerifiedRequest): (typeof FAMILIES)[number] {
  const isComplete = (family: string) => ['topic', 'shop-domain', 'webhook-id'].every((name) => headers[family + name]);
  return FAMILIES.find(isComplete) ?? FAMILIES.find((family) => headers[`${family}hmac-sha256`]) ?? CLASSIC;
}

function header(request: VerifiedRequest, name: string): string | undefined {
  return request.headers[familyOf(request) + name];
}

function resourceOf(request: VerifiedRequest): string | undefined {
  return header(request, 'topic')?.split('/')[0];
}

/** The compliance topics, and those of the shop itself, repeat the shop in the signed body, which is then believed. */
function shopOf(request: VerifiedRequest): string | undefined {
  const signed = ['shop_domain', 'myshopify_domain'].map((name) => textOf(field(request.payload, name)));
  return (signed.find((shop) => shop) ?? header(request, 'shop-domain'))?.toLowerCase();
}

/** The signed body says what kind it is: `gid://shopify/Product/1` cannot be an order's. */
function isContradicted(request: VerifiedRequest): boolean {
  const said = KINDS.find((kind) => `${kind.toLowerCase()}s` === resourceOf(request));
  const kind = textOf(field(request.payload, 'admin_graphql_api_id'))?.split('/')[3] ?? '';
  return said !== undefined && kind !== said && KINDS.includes(kind);
}

/** Events name their object in `query_variables`, by the topic: `productId` for `Product`. */
function eventsSubject(payload: unknown): string | undefined {
  const topic = textOf(field(payload, 'topic')) ?? '';
  return textOf(field(payload, 'query_variables', `${topic.charAt(0).toLowerCase()}${topic.slice(1)}Id`));
}
