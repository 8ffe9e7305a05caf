import { describe, expect, it } from '@jest/globals';
import type { InboundRequest } from '../source.js';
import type { Scheme } from './scheme.js';
import { signedText } from './signed-text.js';

interface Vector {
  readonly scheme: Scheme;
  readonly secret: string;
  readonly body: string;
  readonly at: number;
  readonly headers: Record<string, string>;
  readonly url?: string;
}

const slack: Vector = {
  scheme: signedText({
    text: 'v0:{timestamp}:{body}',
    header: 'x-slack-signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'v0=',
    timestamp: { header: 'x-slack-request-timestamp', format: 'seconds' },
  }),
  secret: '8f742231b10e8888abcd99yyyzzz85a5',
  body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  at: 1531420618_000,
  headers: {
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    'x-slack-request-timestamp': '1531420618',
  },
};
const square: Vector = {
  scheme: signedText({
    text: '{url}{body}',
    header: 'x-square-hmacsha256-signature',
    algorithm: 'sha256',
    encoding: 'base64',
  }),
  secret: 'Ibxx_5AKakO-3qeNVR61Dw',
  body: '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}',
  at: 1657744259_000,
  headers: { 'x-square-hmacsha256-signature': 'GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=' },
  url: 'https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9',
};
const hubspot: Vector = {
  scheme: signedText({
    text: '{method}{url}{body}{timestamp}',
    header: 'x-hubspot-signature-v3',
    algorithm: 'sha256',
    encoding: 'base64',
    timestamp: { header: 'x-hubspot-request-timestamp', format: 'milliseconds' },
  }),
  secret: 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy',
  body: '{"example_field":"example_value"}',
  at: 1700000000_000,
  headers: {
    'x-hubspot-signature-v3': 'rQEKkaNUiu+1qGF//O/pw4BCzstSqO1PyUnGICmf+7o=',
    'x-hubspot-request-timestamp': '1700000000000',
  },
  url: 'https://www.example.com/webhook_uri',
};
const ZENDESK_TEST_SECRET = 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==';
const zendeskFormat = {
  text: '{timestamp}{body}',
  header: 'x-zendesk-webhook-signature',
  algorithm: 'sha256',
  encoding: 'base64',
  timestamp: { header: 'x-zendesk-webhook-signature-timestamp', format: 'iso8601' },
} as const;
const zendesk: Vector = {
  scheme: signedText(zendeskFormat),
  secret: ZENDESK_TEST_SECRET,
  body: '{}',
  at: Date.parse('2021-03-25T05:09:27Z'),
  headers: {
    'x-zendesk-webhook-signature': 'OhyuASlMysBOYZdC/6lrc3gA+Lv49zMKyTnxzdRguy4=',
    'x-zendesk-webhook-signature-timestamp': '2021-03-25T05:09:27Z',
  },
};

function check(
  { scheme, secret, body, at, headers, url }: Vector,
  changes: Partial<InboundRequest> = {},
  secrets = [secret],
) {
  const now = new Date(at);
  const request = {
    method: 'POST',
    headers,
    repeated: new Set<string>(),
    body: Buffer.from(body),
    url,
    receivedAt: now,
  };
  return scheme.check({ ...request, ...changes }, { secrets, now, toleranceSeconds: 300 });
}
const outcomeWith = (vector: Vector, changes: Record<string, string | undefined>) =>
  check(vector, { headers: { ...vector.headers, ...changes } }).outcome;

describe('signedText', () => {
  it.each([
    ["Slack's documentation", slack],
    ["Square's libraries", square],
    ["HubSpot's scheme, computed apart", hubspot],
    ["Zendesk's scheme, computed apart", zendesk],
  ])('agrees with the vector of %s', (_source, vector) => {
    const { scheme, secret, body, at, headers, url } = vector;
    expect(check(vector)).toEqual({ outcome: 'ok', secretIndex: 0 });
    expect(scheme.sign(Buffer.from(body), { secret, now: new Date(at), url })).toEqual(headers);
  });

  it('refuses what signs the URL while no URL is configured, and says what to do', () => {
    const verdict = check(square, { url: undefined });
    expect(verdict).toMatchObject({ outcome: 'malformed', detail: expect.stringContaining('HOOKYARD_PUBLIC_URL') });
  });

  it('is bound to the URL and the method', () => {
    expect(check(square, { url: `${square.url}?a=b` }).outcome).toBe('mismatch');
    expect(check(hubspot, { url: 'https://www.example.com/other' }).outcome).toBe('mismatch');
    expect(check(hubspot, { method: 'GET' }).outcome).toBe('mismatch');
  });

  it('lets nothing be moved between the URL and the body', () => {
    const url = `${square.url}?a=b`;
    const headers = square.scheme.sign(Buffer.from(square.body), { secret: square.secret, now: new Date(), url });
    const judge = (changes: Partial<InboundRequest>) => check(square, { headers, url, ...changes }).outcome;
    expect(judge({})).toBe('ok');
    expect(judge({ url: square.url, body: Buffer.from(`?a=b${square.body}`) })).toBe('malformed');
    expect(judge({ url: `${url}{"merchant`, body: Buffer.from(square.body.slice('{"merchant'.length)) })).toBe(
      'malformed',
    );
    expect(judge({ url: `${url}{`, body: Buffer.from(square.body.slice(1)) })).toBe('malformed');
  });

  it.each([
    ['another time', slack, { 'x-slack-request-timestamp': '1531420619' }, 'mismatch'],
    ['no time', slack, { 'x-slack-request-timestamp': undefined }, 'missing'],
    ['no signature', slack, { 'x-slack-signature': undefined }, 'missing'],
    ['a time with letters', slack, { 'x-slack-request-timestamp': '1531420618abc' }, 'malformed'],
    ['a time of another length', slack, { 'x-slack-request-timestamp': '01531420618' }, 'malformed'],
    ['milliseconds in seconds', hubspot, { 'x-hubspot-request-timestamp': '1700000000' }, 'malformed'],
    ['a time without zone', zendesk, { 'x-zendesk-webhook-signature-timestamp': '2021-03-25T05:09:27' }, 'malformed'],
    ['a day that is none', zendesk, { 'x-zendesk-webhook-signature-timestamp': '2021-03-25T99:09:27Z' }, 'malformed'],
    [
      'another version',
      slack,
      { 'x-slack-signature': slack.headers['x-slack-signature']?.replace('v0', 'v1') },
      'malformed',
    ],
  ])('%s: %s', (_case, vector, changes, outcome) => expect(outcomeWith(vector, changes)).toBe(outcome));

  it('refuses a secret that stands in the documentation, also when it is configured all the same', () => {
    const scheme = signedText({ ...zendeskFormat, publicSecrets: [ZENDESK_TEST_SECRET] });
    expect(scheme.secretProblem(ZENDESK_TEST_SECRET)).toContain('documentation');
    expect(check({ ...zendesk, scheme }).outcome).toBe('mismatch');
  });

  it('signs an id so that the text cannot be cut elsewhere', () => {
    const scheme = signedText({
      text: '{id}.{body}',
      header: 'sig',
      algorithm: 'sha256',
      encoding: 'hex',
      idHeader: 'id',
    });
    const headers = scheme.sign(Buffer.from('b.c'), { secret: 's', now: new Date(), id: 'a' });
    const vector: Vector = { scheme, secret: 's', body: 'b.c', at: 0, headers };
    expect(check(vector).outcome).toBe('ok');
    expect(check(vector, { headers: { ...headers, id: 'a.b' }, body: Buffer.from('c') }).outcome).toBe('malformed');
  });

  it('takes keys in hex and base64, and only well-formed ones', () => {
    const hex = signedText({ text: '{body}', header: 's', algorithm: 'sha1', encoding: 'hex', key: 'hex' });
    expect(hex.secretProblem('ab'.repeat(16))).toBeUndefined();
    for (const secret of ['', 'ab', 'zz'.repeat(16), `${'ab'.repeat(16)}a`])
      expect(hex.secretProblem(secret)).toBeDefined();
    const base64 = signedText({ text: '{body}', header: 's', algorithm: 'sha1', encoding: 'hex', key: 'base64' });
    expect(base64.secretProblem(Buffer.alloc(24, 7).toString('base64'))).toBeUndefined();
    for (const secret of [' ', 'AAAA', '!'.repeat(40)]) expect(base64.secretProblem(secret)).toBeDefined();
    expect(() => base64.sign(Buffer.alloc(0), { secret: 'AAAA', now: new Date() })).toThrow('at least 16 bytes');
  });

  it.each([
    ['no body', { text: '{timestamp}' }],
    ['an unknown placeholder', { text: '{body}{secret}' }],
    ['a time without a header', { text: '{timestamp}{body}' }],
    ['a header without a time', { text: '{body}', timestamp: { header: 't', format: 'seconds' as const } }],
    ['an id without a header', { text: '{id}.{body}' }],
    ['an id after the body', { text: '{body}.{id}', idHeader: 'id' }],
    ['an id that nothing ends', { text: '{id}{body}', idHeader: 'id' }],
  ])('cannot be made with %s', (_case, format) => {
    expect(() => signedText({ header: 's', algorithm: 'sha256', encoding: 'hex', ...format })).toThrow(TypeError);
  });

  it('signs nothing without the URL that it needs', () => {
    expect(() => square.scheme.sign(Buffer.alloc(0), { secret: 's', now: new Date() })).toThrow('needs the url');
  });
});
