import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { datedBodyHmac } from './dated-body-hmac.js';

const scheme = datedBodyHmac({
  header: 'linear-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  time: { field: 'webhookTimestamp', format: 'milliseconds' },
});
const TIME = 1_793_620_800_000;

function outcomeOf(body: string, { at = TIME, signedBody = body } = {}) {
  const headers = { 'linear-signature': createHmac('sha256', 's').update(signedBody).digest('hex') };
  const now = new Date(at);
  const request = { method: 'POST', headers, repeated: new Set<string>(), body: Buffer.from(body), receivedAt: now };
  return scheme.check(request, { secrets: ['s'], now, toleranceSeconds: 300 }).outcome;
}

describe('datedBodyHmac', () => {
  it.each([
    [0, 'ok'],
    [300, 'ok'],
    [-300, 'ok'],
    [301, 'stale'],
    [-301, 'stale'],
  ])('a body that was signed %d s ago: %s', (seconds, outcome) => {
    expect(outcomeOf(`{"webhookTimestamp":${TIME}}`, { at: TIME + seconds * 1000 })).toBe(outcome);
  });

  it.each([
    '{}',
    '{"webhookTimestamp":null}',
    '{"webhookTimestamp":1793620800}',
    '{"a":{"webhookTimestamp":1793620800000}}',
    'x',
  ])('refuses %s, which holds no time', (body) => expect(outcomeOf(body)).toBe('malformed'));

  it('looks at the time only after the signature', () => {
    expect(outcomeOf('{"webhookTimestamp":1}', { signedBody: '{}' })).toBe('mismatch');
  });

  it('writes the time of signing into a body, and signs that', () => {
    const context = { secret: 's', now: new Date(TIME) };
    const body = scheme.signBody?.(Buffer.from('{"type":"Issue","webhookTimestamp":1}'), context) ?? Buffer.alloc(0);
    expect(body.toString()).toBe(`{"type":"Issue","webhookTimestamp":${TIME}}`);
    expect(outcomeOf(body.toString())).toBe('ok');
    expect(scheme.signBody?.(Buffer.from('no JSON'), context).toString()).toBe('no JSON');
  });
});
