/** The contract suite tests the rest; here is what the two families of headers do together. */
import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { signedRequest } from '../../testing/signed-request.js';
import { normalise, verify } from '../interpret.js';
import type { InboundRequest } from '../source.js';
import { standardWebhook } from './standard-webhooks.js';

const SECRET = standardWebhook.scheme.exampleSecret('a');
const now = new Date('2026-11-02T12:00:00Z');
const body = '{"type":"invoice.paid"}';
const named = (prefix: string, id: string, secret = SECRET): Record<string, string> => ({
  [`${prefix}id`]: id,
  [`${prefix}timestamp`]: String(now.getTime() / 1000),
  [`${prefix}signature`]: new Webhook(secret).sign(id, now, body),
});

function judge(headers: Record<string, string>): [string, string] {
  const request: InboundRequest = { ...signedRequest(standardWebhook, { body, secret: SECRET, now }), headers };
  return [
    verify(standardWebhook, [SECRET], request, { now }).outcome,
    normalise(standardWebhook, request)[0].externalId,
  ];
}

describe('standard-webhooks', () => {
  it('takes the id of the family that was verified', () => {
    expect(judge(named('webhook-', 'msg_a'))).toEqual(['ok', 'msg_a']);
    expect(judge(named('svix-', 'msg_b'))).toEqual(['ok', 'msg_b']);
    expect(judge({ ...named('svix-', 'msg_b'), 'webhook-id': 'msg_forged' })).toEqual(['ok', 'msg_b']);
    const { 'webhook-id': id = '' } = named('webhook-', 'msg_forged');
    expect(judge({ ...named('svix-', 'msg_b'), 'webhook-id': id, 'webhook-signature': 'v1,x' })[1]).toBe('msg_b');
  });

  it('lets no genuine family cover for a forged one', () => {
    const other = standardWebhook.scheme.exampleSecret('b');
    const forged = named('webhook-', 'msg_forged', other);
    expect(judge({ ...named('svix-', 'msg_b'), ...forged })[0]).toBe('mismatch');
    const behind = named('svix-', 'msg_forged', other);
    expect(judge({ ...named('webhook-', 'msg_a'), ...behind })).toEqual(['ok', 'msg_a']);
  });
});
