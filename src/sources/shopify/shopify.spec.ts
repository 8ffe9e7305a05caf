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

  it('stores what names no shop, or no id', () => {
    expect(eventOf({ 'x-shopify-webhook-id': '1' })).toMatchObject({
      externalId: '1',
      type: 'unparsed',
      tenant: undefined,
    });
    expect(eventOf({ 'x-shopify-topic': 'carts/update' }).externalId).toMatch(/^sha256:/);
  });
});
