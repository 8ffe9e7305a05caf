/** The contract suite tests the rest; here Stripe's own library is the judge. */
import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { signedRequest } from '../../testing/signed-request.js';
import { normalise, verify } from '../interpret.js';
import { stripe } from './stripe.js';

const sdk = new Stripe('sk_test_unused');
const SECRET = 'whsec_test_secret';
const body = JSON.stringify({ id: 'evt_1', object: 'event', type: 'invoice.paid', data: { object: {} } }, null, 2);

describe('stripe', () => {
  it("accepts what Stripe's library signs", () => {
    const header = sdk.webhooks.generateTestHeaderString({ payload: body, secret: SECRET });
    const now = new Date();
    const request = signedRequest(stripe, { body, secret: SECRET, now });
    const signed = { ...request, headers: { ...request.headers, 'stripe-signature': header } };
    expect(verify(stripe, [SECRET], signed, { now })).toEqual({ outcome: 'ok', secretIndex: 0 });
    expect(verify(stripe, ['whsec_other'], signed, { now }).outcome).toBe('mismatch');
  });

  it("signs what Stripe's library accepts", () => {
    const { headers } = signedRequest(stripe, { body, secret: SECRET });
    expect(sdk.webhooks.constructEvent(body, headers['stripe-signature'] ?? '', SECRET)).toMatchObject({ id: 'evt_1' });
  });

  it('tells the events of accounts and modes apart', () => {
    const idOf = (fields: object) =>
      normalise(stripe, signedRequest(stripe, { body: JSON.stringify({ id: 'evt_1', ...fields }) }))[0].externalId;
    expect([{}, { livemode: true }, { account: null, livemode: true }].map(idOf)).toEqual(['evt_1', 'evt_1', 'evt_1']);
    expect(idOf({ livemode: false })).toBe('test/evt_1');
    expect(idOf({ account: 'acct_1', livemode: true })).toBe('acct_1/evt_1');
    expect(idOf({ context: 'acct_1', livemode: false })).toBe('acct_1/test/evt_1');
  });
});
