import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { InboundRequest } from '../source.js';
import { signedForm } from './signed-form.js';

const scheme = signedForm({ header: 'x-twilio-signature' });
const FORM = 'application/x-www-form-urlencoded; charset=UTF-8';
const URL_OF_FORM = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const FIELDS = 'Digits=1234&CallSid=CA1234567890ABCDE&To=%2B18005551212&Caller=%2B14158675309&From=%2B14158675309';
const FORM_SIGNATURE = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
const JSON_BODY = '{"property": "value", "boolean": true}';
const URL_OF_JSON = `${URL_OF_FORM}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620`;
const JSON_SIGNATURE = 'a9nBmqA0ju/hNViExpshrM61xv4=';

interface Sent {
  readonly url?: string;
  readonly body?: string | Buffer;
  readonly type?: string;
  readonly signature?: string;
}

function verdictOf(
  { url = URL_OF_FORM, body = FIELDS, type = FORM, signature = FORM_SIGNATURE }: Sent,
  withUrl = true,
) {
  const headers: InboundRequest['headers'] = { 'content-type': type, 'x-twilio-signature': signature };
  const request = {
    method: 'POST',
    headers,
    repeated: new Set<string>(),
    body: Buffer.from(body),
    receivedAt: new Date(),
  };
  const context = { secrets: ['12345'], now: new Date(), toleranceSeconds: 300 };
  return scheme.check(withUrl ? { ...request, url } : request, context);
}
const sha = (body: string) => createHash('sha256').update(body).digest('hex');
const signed = (url: string, body: string, type: string) =>
  scheme.sign(Buffer.from(body), { secret: '12345', now: new Date(), url, headers: { 'content-type': type } })[
    'x-twilio-signature'
  ];

describe('signedForm', () => {
  it("agrees with Twilio's vector of a form", () => {
    expect(verdictOf({})).toEqual({ outcome: 'ok', secretIndex: 0 });
    expect(signed(URL_OF_FORM, FIELDS, FORM)).toBe(FORM_SIGNATURE);
  });

  it("agrees with Twilio's vector of JSON", () => {
    const json = { url: URL_OF_JSON, body: JSON_BODY, type: 'application/json', signature: JSON_SIGNATURE };
    expect(verdictOf(json).outcome).toBe('ok');
    expect(signed(URL_OF_JSON, JSON_BODY, 'application/json')).toBe(JSON_SIGNATURE);
    expect(verdictOf({ ...json, body: '{"property": "other", "boolean": true}' }).outcome).toBe('mismatch');
  });

  it('says what to do when the public URL is not configured', () => {
    expect(verdictOf({}, false)).toMatchObject({
      outcome: 'malformed',
      detail: expect.stringContaining('HOOKYARD_PUBLIC_URL'),
    });
  });

  it('takes the URL with and without the port that goes without saying', () => {
    const withPort = URL_OF_FORM.replace('.com/', '.com:443/');
    expect(verdictOf({ url: withPort }).outcome).toBe('ok');
    expect(verdictOf({ signature: signed(withPort, FIELDS, FORM) }).outcome).toBe('ok');
    expect(verdictOf({ url: URL_OF_FORM.replace('.com/', '.com:8443/') }).outcome).toBe('mismatch');
  });

  it.each<[string, Sent]>([
    ['another URL', { url: `${URL_OF_FORM}&x=1` }],
    ['http instead of https', { url: URL_OF_FORM.replace('https', 'http') }],
    ['one field more', { body: `${FIELDS}&A=b` }],
    ['another value', { body: FIELDS.replace('1234&', '1235&') }],
    ['the form called JSON', { type: 'application/json' }],
    ['bytes that are no UTF-8', { body: Buffer.concat([Buffer.from(FIELDS), Buffer.from([0xff])]) }],
  ])('refuses %s', (_case, sent) => expect(verdictOf(sent).outcome).toBe('mismatch'));

  it('refuses a body that the signature does not cover, whatever it is called', () => {
    const bare = signed(URL_OF_FORM, '', FORM);
    expect(verdictOf({ body: '', signature: bare }).outcome).toBe('ok');
    for (const type of ['application/json', 'text/plain', '']) {
      expect(verdictOf({ body: '{"a":1}', type, signature: bare }).outcome).toBe('mismatch');
    }
  });

  it('judges a body by its hash in the URL before anything else, also one that is called a form', () => {
    const json = { url: URL_OF_JSON, type: FORM, signature: JSON_SIGNATURE };
    expect(verdictOf({ ...json, body: '' }).outcome).toBe('mismatch');
    expect(verdictOf({ ...json, body: 'a=b' }).outcome).toBe('mismatch');
    const url = `${URL_OF_FORM}&bodySHA256=${sha('a=b').slice(0, 40)}`;
    expect(verdictOf({ url, body: 'a=b', signature: signed(url, 'a=b', FORM) }).outcome).toBe('mismatch');
  });

  it('signs a repeated field once per different value, sorted', () => {
    const once = signed(URL_OF_FORM, 'Media=b&Media=a', FORM);
    expect(signed(URL_OF_FORM, 'Media=a&Media=b&Media=a', FORM)).toBe(once);
    expect(verdictOf({ body: 'Media=a&Media=b', signature: once }).outcome).toBe('ok');
  });
});
