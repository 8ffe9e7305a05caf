/** The contract suite tests the rest; here is what the two families of headers do together. */
import { describe, expect, it } from '@jest/globals';
import { signedRequest } from '../../testing/signed-request.js';
import { normalise } from '../interpret.js';
import { shopify } from './shopify.js';

const classic = {
  'x-shopify-topic': 'products/update',
  'x-shopify-shop-domain': 'A.myshopify.com',
  'x-shopify-webhook-id': '1',
};
const events = {
  'shopify-topic': 'ProductVariant',
  'shopify-action': 'Create',
  'shopify-shop-domain': 'b.myshopify.com',
  'shopify-webhook-id': '2',
  'shopify-hmac-sha256': 'signed again',
};
const eventOf = (headers: Record<string, string>, body = '{}') =>
  normalise(shopify, signedRequest(shopify, { body, headers }))[0];

describe('shopify', () => {
  it('reads one family of headers', () => {
    expect(eventOf(classic)).toMatchObject({ externalId: 'a.myshopify.com/1', type: 'products/update' });
    expect(eventOf(events)).toMatchObject({ externalId: 'b.myshopify.com/2', type: 'product_variant/create' });
  });

  it('never mixes them: the complete one counts', () => {
    const { 'x-shopify-webhook-id': _id, ...incomplete } = classic;
    expect(eventOf({ ...incomplete, ...events })).toMatchObject({
      externalId: 'b.myshopify.com/2',
      tenant: 'b.myshopify.com',
    });
    expect(eventOf({ ...classic, ...events })).toMatchObject({
      externalId: 'a.myshopify.com/1',
      type: 'products/update',
    });
  });

  it('believes the signed body of Events before the headers', () => {
    expect(eventOf(events, '{"topic":"Product","action":"delete"}').type).toBe('product/delete');
    expect(eventOf(classic, '{"topic":"Product","action":"delete"}').type).toBe('products/update');
  });

  it('gives an event no type whose topic says another thing than its signed body is', () => {
    const product = '{"id":1,"admin_graphql_api_id":"gid://shopify/Product/1"}';
    expect(eventOf({ ...classic, 'x-shopify-topic': 'orders/paid' }, product).type).toBe('unparsed');
    expect(eventOf(classic, product).type).toBe('products/update');
    // What is not known for certain is believed.
    expect(eventOf({ ...classic, 'x-shopify-topic': 'themes/update' }, product).type).toBe('themes/update');
    expect(eventOf(classic, '{"admin_graphql_api_id":"gid://shopify/OnlineStoreTheme/1"}').type).toBe(
      'products/update',
    );
  });

  it.each(['shop_domain', 'myshopify_domain'])('believes the shop that the signed body names (%s)', (name) => {
    expect(eventOf(classic, JSON.stringify({ [name]: 'C.myshopify.com' }))).toMatchObject({
      tenant: 'c.myshopify.com',
      externalId: 'c.myshopify.com/1',
    });
  });

  it('gives a deletion the subject of the object that it deletes', () => {
    const subjectOf = (action: string, body: string) =>
      eventOf({ ...classic, 'x-shopify-topic': `products/${action}` }, body).subject;
    const updated = '{"id":704912205188288575,"admin_graphql_api_id":"gid://shopify/Product/704912205188288575"}';
    expect(subjectOf('update', updated)).toBe('products/704912205188288575');
    expect(subjectOf('delete', '{"id":704912205188288575}')).toBe('products/704912205188288575');
  });

  it('stores what names no shop, or no id', () => {
    expect(eventOf({ 'x-shopify-webhook-id': '1' })).toMatchObject({
      externalId: '1',
      type: 'unparsed',
      tenant: undefined,
    });
    expect(eventOf({ 'x-shopify-topic': 'carts/update' }).externalId).toMatch(/^sha256:/);
  });
});
