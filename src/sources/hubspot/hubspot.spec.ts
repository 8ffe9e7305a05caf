/** The contract suite tests the rest; here is how HubSpot writes the URL that it signs. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signedRequest } from '../../testing/signed-request.js';
import { verify } from '../interpret.js';
import { hubspot } from './hubspot.js';

const now = new Date('2026-11-02T12:00:00.123Z');

describe('hubspot', () => {
  it('signs the URL with some of its escapes undone, and the others as they are', () => {
    const url = 'https://hooks.example.com/webhooks/hubspot?a=%3a%2F%3F%40%21%24%27%28%29%2a%2C%3B&b=%20%25%C3%A4';
    const signed = "https://hooks.example.com/webhooks/hubspot?a=:/?@!$'()*,;&b=%20%25%C3%A4";
    const request = signedRequest(hubspot, { body: '[]', secret: 's', url, now });
    const signature = createHmac('sha256', 's').update(`POST${signed}[]${now.getTime()}`).digest('base64');
    expect(request.headers['x-hubspot-signature-v3']).toBe(signature);
    expect(verify(hubspot, ['s'], request, { now }).outcome).toBe('ok');
  });

  it('never looks at the older signatures', () => {
    const headers = { 'x-hubspot-signature': 'x', 'x-hubspot-signature-version': 'v2' };
    const request = { ...signedRequest(hubspot, { body: '[]', secret: 's', now }), headers };
    expect(verify(hubspot, ['s'], request, { now }).outcome).toBe('missing');
  });
});
