import { describe, expect, it } from '@jest/globals';
import { deliveryPolicy } from '../../config/delivery-policy.js';
import type { HttpDestination } from '../../routing/topology.js';
import { gitlab } from '../../sources/gitlab/gitlab.js';
import { stripe } from '../../sources/stripe/stripe.js';
import { fakeDelivery } from '../fake-delivery.js';
import { outgoingRequest } from './outgoing-request.js';
import { shownHeaders } from './shown-headers.js';

const SIGNING = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const DESTINATION: HttpDestination = {
  kind: 'http',
  id: 1,
  name: 'billing',
  policy: deliveryPolicy(),
  url: new URL('https://billing.test/hooks/a-token-of-a-chat-service'),
  payload: 'raw',
  signingSecrets: [{ value: SIGNING, label: undefined, notAfter: undefined }],
  resignWith: undefined,
  headers: { authorization: 'Bearer of ours', 'user-agent': 'Secret/1' },
  allowPrivateNetwork: false,
  tls: undefined,
  proxy: undefined,
};

/** What is shown of a request with these. */
function shown(
  to: Partial<HttpDestination>,
  event: Parameters<typeof fakeDelivery>[0],
  description = stripe,
): Record<string, string> {
  const [destination, delivery] = [{ ...DESTINATION, ...to }, fakeDelivery(event)];
  const { headers } = outgoingRequest(delivery, Buffer.from('{}'), destination, description, new Date());
  const result = shownHeaders(headers, delivery, destination);
  expect(Object.keys(result)).toEqual(Object.keys(headers));
  return result;
}

describe('the headers that are shown of a request', () => {
  it('are all that went out; signatures and what the destination was given are redacted', () => {
    const event = {
      headers: { 'x-kept': 'by the source' },
      signatureHeaders: { 'stripe-signature': 't=1,v1=x' },
      isTest: true as const,
    };
    expect(shown({}, event)).toEqual({
      'user-agent': '[redacted]',
      'x-kept': 'by the source',
      'content-type': 'application/json',
      'stripe-signature': '[redacted]',
      authorization: '[redacted]',
      'webhook-id': expect.stringMatching(/^evt_/),
      'webhook-timestamp': expect.stringMatching(/^\d+$/),
      'webhook-signature': '[redacted]',
      'idempotency-key': expect.stringMatching(/^dlv_/),
      'hookyard-attempt': '1',
      'hookyard-test': 'true',
      traceparent: expect.stringMatching(/^00-/),
    });
  });

  it('hide a token that the request is signed again with', () => {
    const token = 'the-token-of-the-receiver';
    const headers = shown({ resignWith: token }, { headers: { 'x-gitlab-event': 'Push Hook' } }, gitlab);
    expect(headers).toMatchObject({ 'x-gitlab-event': 'Push Hook' });
    expect(JSON.stringify(headers)).not.toContain(token);
  });

  it('hide what holds a secret of the destination, wherever it stands', () => {
    const headers = shown({}, { headers: { 'x-callback': 'https://billing.test/hooks/a-token-of-a-chat-service' } });
    expect(headers['x-callback']).toBe('[redacted]');
  });
});
