import { describe, expect, it } from '@jest/globals';
import type { InboundRequest } from '../source.js';
import { hmac } from './hmac.js';

const github = hmac({ header: 'x-hub-signature-256', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' });
const shopify = hmac({
  header: ['x-shopify-hmac-sha256', 'shopify-hmac-sha256'],
  algorithm: 'sha256',
  encoding: 'base64',
});
const SECRET = "It's a Secret to Everybody";
const GENUINE = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const now = new Date();

function request(headers: InboundRequest['headers'], body: Buffer | string = 'Hello, World!'): InboundRequest {
  return { method: 'POST', headers, repeated: new Set(), body: Buffer.from(body), receivedAt: now };
}
const outcomeOf = (value: string | undefined, secrets = [SECRET]) =>
  github.check(request({ 'x-hub-signature-256': value }), { secrets, now, toleranceSeconds: 300 }).outcome;

describe('hmac', () => {
  it("agrees with the vector of GitHub's documentation", () => {
    expect(outcomeOf(GENUINE)).toBe('ok');
    expect(github.sign(Buffer.from('Hello, World!'), { secret: SECRET, now })).toEqual({
      'x-hub-signature-256': GENUINE,
    });
  });

  it('agrees with a vector in base64', () => {
    const body = '{"id":9554194432293,"title":"T-Shirt"}';
    const headers = { 'x-shopify-hmac-sha256': 'yi2xVY9/ZkF2VJ6a0kqiyUGNRkBwBHgakWO+Gsh1My8=' };
    const context = { secrets: ['hush'], now, toleranceSeconds: 300 };
    expect(shopify.check(request(headers, body), context)).toEqual({ outcome: 'ok', secretIndex: 0 });
    expect(shopify.sign(Buffer.from(body), { secret: 'hush', now })).toEqual(headers);
  });

  it.each([
    ['', 'f7f9bd47fb987337b5796fdc1fdb9ba221d0d5396814bfcaf9521f43fd8927fd'],
    ['{"obj1":"hello","obj2":"world"}', 'bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363'],
    ['😀', '837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43'],
  ])('agrees with stripe-node on the HMAC of %j', (body, digest) => {
    const scheme = hmac({ header: 'signature', algorithm: 'sha256', encoding: 'hex' });
    expect(scheme.sign(Buffer.from(body), { secret: 'test_secret', now })).toEqual({ signature: digest });
  });

  it('says which secret matched', () => {
    const verdict = github.check(request({ 'x-hub-signature-256': GENUINE }), {
      secrets: ['new', SECRET],
      now,
      toleranceSeconds: 300,
    });
    expect(verdict).toEqual({ outcome: 'ok', secretIndex: 1 });
  });

  it.each([
    ['no header', undefined, 'missing'],
    ['an empty header', '', 'missing'],
    ['another prefix', GENUINE.replace('sha256', 'sha1'), 'malformed'],
    ['no prefix', GENUINE.slice(7), 'malformed'],
    ['upper-case hex', `sha256=${GENUINE.slice(7).toUpperCase()}`, 'malformed'],
    ['junk that Buffer.from would skip', `${GENUINE.slice(0, -2)}zz`, 'malformed'],
    ['one digit less', GENUINE.slice(0, -1), 'malformed'],
    ['white space', `${GENUINE} `, 'malformed'],
    ['64 letters of two bytes', `sha256=${'é'.repeat(64)}`, 'malformed'],
    ['another digest', GENUINE.replace('757', '758'), 'mismatch'],
  ])('%s: %s', (_case, value, outcome) => expect(outcomeOf(value)).toBe(outcome));

  it.each([
    ['base64url', 'yi2xVY9_ZkF2VJ6a0kqiyUGNRkBwBHgakWO-Gsh1My8='],
    ['no padding', 'yi2xVY9/ZkF2VJ6a0kqiyUGNRkBwBHgakWO+Gsh1My8'],
    ['spare bits', 'yi2xVY9/ZkF2VJ6a0kqiyUGNRkBwBHgakWO+Gsh1My9='],
  ])('takes one spelling of base64 only: not %s', (_case, value) => {
    const context = { secrets: ['hush'], now, toleranceSeconds: 300 };
    expect(shopify.check(request({ 'x-shopify-hmac-sha256': value }), context).outcome).toBe('malformed');
  });

  it('never accepts a signature made with an empty secret', () => {
    const { 'x-hub-signature-256': forged } = github.sign(Buffer.from('Hello, World!'), { secret: '', now });
    expect(outcomeOf(forged, [''])).toBe('mismatch');
    expect(outcomeOf(forged, [])).toBe('mismatch');
  });

  it('signs the bytes, not their text', () => {
    const signed = github.sign(Buffer.from([0xfe]), { secret: SECRET, now });
    const context = { secrets: [SECRET], now, toleranceSeconds: 300 };
    expect(github.check(request(signed, Buffer.from([0xff])), context).outcome).toBe('mismatch');
  });

  it('reads the first header that is present, and signs under the one that was there', () => {
    const body = Buffer.from('{}');
    const signed = shopify.sign(body, { secret: 'hush', now, headers: { 'shopify-hmac-sha256': 'old' } });
    expect(Object.keys(signed)).toEqual(['shopify-hmac-sha256']);
    const context = { secrets: ['hush'], now, toleranceSeconds: 300 };
    expect(shopify.check(request(signed, body), context).outcome).toBe('ok');
    expect(shopify.check(request({ ...signed, 'x-shopify-hmac-sha256': 'x' }, body), context).outcome).toBe(
      'malformed',
    );
  });

  it.each([
    ['', 'empty'],
    [' \n', 'empty'],
    ['hush\n', 'white space'],
  ])('refuses the secret %j', (secret, reason) => expect(github.secretProblem(secret)).toContain(reason));

  it('takes any other text as a secret', () => expect(github.secretProblem(SECRET)).toBeUndefined());
});
