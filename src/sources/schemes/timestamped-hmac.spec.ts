import { describe, expect, it } from '@jest/globals';
import type { InboundRequest } from '../source.js';
import { timestampedHmac } from './timestamped-hmac.js';

const scheme = timestampedHmac({
  header: 'stripe-signature',
  separator: ',',
  timestampKey: 't',
  signatureKey: 'v1',
  joiner: '.',
});
const SECRET = 'whsec_test_secret';
const BODY = JSON.stringify({ id: 'evt_test_webhook', object: 'event' }, null, 2);
const TIME = 1492774577;
const SIGNATURE = 'c2f890decbc5ede7c5060bb9a6d31e0626a4342bacb9aeae2adb1bcea72f9812';
const GENUINE = `t=${TIME},v1=${SIGNATURE}`;
const WRONG = '0'.repeat(64);

interface Changes {
  readonly at?: number;
  readonly body?: Buffer | string;
  readonly secrets?: readonly string[];
}

function outcomeOf(value: string | undefined, { at = TIME, body = BODY, secrets = [SECRET] }: Changes = {}): string {
  const now = new Date(at * 1000);
  const headers: InboundRequest['headers'] = { 'stripe-signature': value };
  const request = { method: 'POST', headers, repeated: new Set<string>(), body: Buffer.from(body), receivedAt: now };
  return scheme.check(request, { secrets, now, toleranceSeconds: 300 }).outcome;
}

describe('timestampedHmac', () => {
  it("agrees with a header made by Stripe's SDK", () => {
    expect(outcomeOf(GENUINE)).toBe('ok');
    const signed = scheme.sign(Buffer.from(BODY), { secret: SECRET, now: new Date(TIME * 1000) });
    expect(signed).toEqual({ 'stripe-signature': GENUINE });
  });

  it("describes Paddle's header as well", () => {
    const paddle = timestampedHmac({
      header: 'paddle-signature',
      separator: ';',
      timestampKey: 'ts',
      signatureKey: 'h1',
      joiner: ':',
    });
    const signed = paddle.sign(Buffer.from('{"a":1}'), { secret: 'pdl_ntfset_test', now: new Date(1671552777_000) });
    const digest = '22d072ed3f2299e7853fbddc68da80b05dc6d460cd3d43ddb22678d118035ba2';
    expect(signed).toEqual({ 'paddle-signature': `ts=1671552777;h1=${digest}` });
  });

  it.each([
    ['a malformed signature beside a good one', `${GENUINE},v1=potato`, 'ok'],
    ['an empty signature beside a good one', `t=${TIME},v1=,v1=${SIGNATURE}`, 'ok'],
    ['a wrong signature before a good one', `t=${TIME},v1=${WRONG},v1=${SIGNATURE}`, 'ok'],
    ['an older version beside a good one', `t=${TIME},v1=${SIGNATURE},v0=${WRONG}`, 'ok'],
    ['the good signature as eighth', `t=${TIME}${`,v1=${WRONG}`.repeat(7)},v1=${SIGNATURE}`, 'ok'],
    ['the good signature as ninth', `t=${TIME}${`,v1=${WRONG}`.repeat(8)},v1=${SIGNATURE}`, 'mismatch'],
    ['no header', undefined, 'missing'],
    ['an empty header', '', 'missing'],
    ['an older version only', `t=${TIME},v0=${SIGNATURE}`, 'malformed'],
    ['an empty signature', `t=${TIME},v1=`, 'malformed'],
    ['64 letters of two bytes', `t=${TIME},v1=${'é'.repeat(64)}`, 'malformed'],
    ['upper-case hex', `t=${TIME},v1=${SIGNATURE.toUpperCase()}`, 'malformed'],
    ['no time', `v1=${SIGNATURE}`, 'malformed'],
    ['an empty time', `t=,v1=${SIGNATURE}`, 'malformed'],
    ['two times', `t=${TIME},t=${TIME},v1=${SIGNATURE}`, 'malformed'],
    ['a time that parseInt would take', `t=${TIME}abc,v1=${SIGNATURE}`, 'malformed'],
    ['a fraction', `t=${TIME}.9,v1=${SIGNATURE}`, 'malformed'],
    ['a sign', `t=+${TIME},v1=${SIGNATURE}`, 'malformed'],
    ['a space', `t= ${TIME},v1=${SIGNATURE}`, 'malformed'],
    ['thirteen digits', `t=${TIME}000,v1=${SIGNATURE}`, 'malformed'],
    ['other digits', `t=١٤٩٢٧٧٤٥٧٧,v1=${SIGNATURE}`, 'malformed'],
    ['the same time, written otherwise', `t=0${TIME},v1=${SIGNATURE}`, 'mismatch'],
    ['another time', `t=${TIME + 1},v1=${SIGNATURE}`, 'mismatch'],
    ['a space after the comma', `t=${TIME}, v1=${SIGNATURE}`, 'malformed'],
    ['more than 4096 characters', `${GENUINE},v0=${'0'.repeat(4096)}`, 'malformed'],
  ])('%s: %s', (_case, value, outcome) => expect(outcomeOf(value)).toBe(outcome));

  it.each([
    [300, 'ok'],
    [-300, 'ok'],
    [301, 'stale'],
    [-301, 'stale'],
    [86_400, 'stale'],
    [-86_400, 'stale'],
    [Number.NaN, 'stale'],
  ])('checked %d s after it was signed: %s', (seconds, outcome) => {
    expect(outcomeOf(GENUINE, { at: TIME + seconds })).toBe(outcome);
  });

  it('says stale only to who knows the secret', () => {
    expect(outcomeOf(`t=${TIME},v1=${WRONG}`, { at: TIME + 1000 })).toBe('mismatch');
  });

  it('accepts any signature by any secret', () => {
    expect(outcomeOf(GENUINE, { secrets: ['old', SECRET, 'older'] })).toBe('ok');
    expect(outcomeOf(GENUINE, { secrets: ['old', 'older'] })).toBe('mismatch');
  });

  it('tells a body with a byte order mark from one without', () => {
    expect(outcomeOf(GENUINE, { body: `\ufeff${BODY}` })).toBe('mismatch');
  });

  it('refuses a header that came twice', () => {
    const headers = { 'stripe-signature': GENUINE };
    const now = new Date(TIME * 1000);
    const request = {
      method: 'POST',
      headers,
      repeated: new Set(['stripe-signature']),
      body: Buffer.from(BODY),
      receivedAt: now,
    };
    expect(scheme.check(request, { secrets: [SECRET], now, toleranceSeconds: 300 }).outcome).toBe('malformed');
  });
});
