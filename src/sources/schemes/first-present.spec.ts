import { describe, expect, it } from '@jest/globals';
import type { InboundRequest } from '../source.js';
import { firstPresent } from './first-present.js';
import { sharedToken } from './shared-token.js';
import { standardWebhooks } from './standard-webhooks.js';

const isSigning = (secret: string) => secret.startsWith('whsec_');
const scheme = firstPresent(
  { scheme: standardWebhooks(), header: 'webhook-signature', takes: isSigning },
  { scheme: sharedToken({ header: 'x-token' }), header: 'x-token', takes: (secret) => !isSigning(secret) },
);
const SIGNING = scheme.exampleSecret('a');
const TOKEN = 'my-secret-token';
const now = new Date(1_700_000_000_000);
const body = Buffer.from('{}');
const signature = scheme.sign(body, { secret: SIGNING, now, id: 'msg_1' });
const token = scheme.sign(body, { secret: TOKEN, now });

function check(headers: InboundRequest['headers'], secrets: readonly string[] = [TOKEN, SIGNING], bytes = body) {
  const request = { method: 'POST', headers, repeated: new Set<string>(), body: bytes, receivedAt: now };
  return scheme.check(request, { secrets, now, toleranceSeconds: 300 });
}

describe('firstPresent', () => {
  it('accepts each proof by itself, and both together, and says which secret matched', () => {
    expect(check(token)).toEqual({ outcome: 'ok', secretIndex: 0 });
    expect(check(signature)).toEqual({ outcome: 'ok', secretIndex: 1 });
    expect(check({ ...token, ...signature })).toEqual({ outcome: 'ok', secretIndex: 1 });
  });

  it('never falls back from a signature that does not hold to a token that does', () => {
    const spoilt = { ...token, ...signature, 'webhook-signature': `v1,${'A'.repeat(43)}=` };
    expect(check(spoilt).outcome).toBe('mismatch');
    expect(check({ ...token, ...signature }, undefined, Buffer.from('{"a":1}')).outcome).toBe('mismatch');
    expect(check({ ...token, 'webhook-signature': '' }).outcome).toBe('missing');
    expect(check({ ...token, 'webhook-signature': 'v1,x' }).outcome).toBe('missing');
    expect(check({ ...token, ...signature }, [TOKEN]).outcome).toBe('mismatch');
  });

  it('never tries a secret of one kind as the other', () => {
    expect(check({ 'x-token': SIGNING }).outcome).toBe('mismatch');
    const base64 = SIGNING.slice('whsec_'.length);
    const forged = standardWebhooks().sign(body, { secret: base64, now, id: 'msg_1' });
    expect(check(forged, [base64]).outcome).toBe('mismatch');
  });

  it('claims of the two what holds for both, and keeps the token a secret', () => {
    expect(scheme).toMatchObject({ signsBody: false, signsTime: false, secretHeaders: ['x-token'] });
    expect(check({}).outcome).toBe('missing');
  });

  it('judges each secret by its kind', () => {
    expect(scheme.secretProblem('whsec_short')).toContain('whsec_');
    expect(scheme.secretProblem('two words')).toContain('visible ASCII');
    for (const secret of [SIGNING, TOKEN]) expect(scheme.secretProblem(secret)).toBeUndefined();
  });
});
