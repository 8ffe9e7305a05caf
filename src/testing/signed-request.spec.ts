import { describe, expect, it } from '@jest/globals';
import { verify } from '../sources/interpret.js';
import { shopify } from '../sources/shopify/shopify.js';
import { signedRequest } from './signed-request.js';

describe('signedRequest', () => {
  it('makes a genuine request, with header names in lower case', () => {
    const now = new Date();
    const request = signedRequest(shopify, {
      body: '{}',
      secret: 'hush',
      headers: { 'X-Shopify-Topic': 'carts/update' },
      now,
    });
    expect(request.headers).toMatchObject({ 'content-type': 'application/json', 'x-shopify-topic': 'carts/update' });
    expect(verify(shopify, ['hush'], request, { now }).outcome).toBe('ok');
  });

  it('refuses a secret that the scheme cannot use', () => {
    expect(() => signedRequest(shopify, { body: '{}', secret: ' ' })).toThrow(
      "source type 'shopify': the secret is empty",
    );
  });
});
