/** The contract suite tests the rest; here is what a signing token adds, with the reference library as the judge. */
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { signedRequest } from '../../testing/signed-request.js';
import { verify } from '../interpret.js';
import { gitlab } from './gitlab.js';

const SIGNING = gitlab.scheme.exampleSecret('gitlab');
const TOKEN = 'my-secret-token';
const now = new Date('2026-11-02T12:00:00Z');
const body = '{"object_kind":"push"}';
const signed = signedRequest(gitlab, {
  body,
  secret: SIGNING,
  now,
  id: 'f5e5f430',
  headers: { 'x-gitlab-token': TOKEN },
});

function outcomeOf(changes: object = {}, at = 0) {
  const context = { now: new Date(now.getTime() + at * 1000) };
  return verify(gitlab, [TOKEN, SIGNING], { ...signed, ...changes }, context).outcome;
}

describe('gitlab', () => {
  it('accepts what the reference library signs', () => {
    const signature = new Webhook(SIGNING).sign('f5e5f430', now, body);
    expect(outcomeOf({ headers: { ...signed.headers, 'webhook-signature': signature } })).toBe('ok');
  });

  it('protects body and time by the signature, with the secret token beside it or not', () => {
    expect(outcomeOf()).toBe('ok');
    expect(outcomeOf({ body: Buffer.from('{"object_kind":"tag_push"}') })).toBe('mismatch');
    expect(outcomeOf({ headers: { ...signed.headers, 'webhook-id': 'f5e5f431' } })).toBe('mismatch');
    expect([300, 301, -301].map((seconds) => outcomeOf({}, seconds))).toEqual(['ok', 'stale', 'stale']);
  });

  it('requires the token where only the token is configured and sent', () => {
    const { headers, ...request } = signedRequest(gitlab, { body, secret: TOKEN, now });
    expect(verify(gitlab, [TOKEN], { ...request, headers }, { now }).outcome).toBe('ok');
    expect(verify(gitlab, [SIGNING], { ...request, headers }, { now }).outcome).toBe('mismatch');
  });

  it('says that a secret token protects nothing else, and never keeps it', () => {
    expect(gitlab.unsigned).toEqual(['id', 'body']);
    expect(gitlab.headers?.secret).toEqual(['x-gitlab-token']);
  });
});
