import { describe, expect, it } from '@jest/globals';
import { verify } from '../sources/interpret.js';
import { discord } from '../sources/discord/discord.js';
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

  it('signs with the private half where keys come in pairs', () => {
    const now = new Date();
    const request = signedRequest(discord, { body: '{}', now });
    expect(verify(discord, [discord.scheme.exampleSecret('discord')], request, { now }).outcome).toBe('ok');
    const secret = discord.scheme.exampleSecret('discord');
    expect(() => signedRequest(discord, { body: '{}', secret })).toThrow('private key');
  });

  it('says where it is sent, for senders that sign that', () => {
    const request = signedRequest(shopify, { body: '{}' });
    expect(request.url).toBe('https://hooks.example.com/webhooks/shopify');
    expect(signedRequest(shopify, { body: '{}', url: 'https://a.example/' }).url).toBe('https://a.example/');
  });

  it('refuses a secret that the scheme cannot use', () => {
    expect(() => signedRequest(shopify, { body: '{}', secret: ' ' })).toThrow(
      "source type 'shopify': the secret is empty",
    );
  });
});
