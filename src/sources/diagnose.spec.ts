import { describe, expect, it } from '@jest/globals';
import { builtInSources, findSourceType } from './catalog.js';
import { diagnose, type Suspects } from './diagnose.js';
import { verify } from './interpret.js';
import type { InboundRequest, SourceDescription } from './source.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const after = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const BODY = Buffer.from('{\n  "id": "evt_1",\n  "name": "é"\n}');
const stripe = type('stripe');
const shopify = type('shopify');
const telegram = type('telegram');
const known = (...values: string[]) => values.map((value) => ({ value, name: `name of ${value}` }));
const suspects = (given: Partial<Suspects<string>> = {}): Suspects<string> => ({
  description: stripe,
  secrets: known('active'),
  expired: known('ended'),
  previous: known('former'),
  others: [
    { slug: 'own', description: telegram, secrets: known('telegram-token') },
    { slug: 'stripe-test', description: stripe, secrets: known('of-test-mode') },
    { slug: 'shop', description: shopify, secrets: known('of-shop') },
    { slug: 'open', description: unsigned(), secrets: [] },
  ],
  ...given,
});

function type(name: string): SourceDescription {
  return findSourceType(builtInSources, name) as SourceDescription;
}

/** Accepts whatever comes. */
function unsigned(): SourceDescription {
  return {
    ...stripe,
    type: 'open',
    scheme: { ...stripe.scheme, needsSecret: false, check: () => ({ outcome: 'ok', secretIndex: -1 }) },
  };
}

function request(headers: Record<string, string>, body = BODY): InboundRequest {
  return { method: 'POST', headers, repeated: new Set(), body, receivedAt: NOW };
}

const signed = (secret: string, { by = stripe, body = BODY, now = NOW } = {}) =>
  request(by.scheme.sign(body, { secret, now }), body);

/** As it goes in life: refused first, then looked at. */
function diagnosed(inbound: InboundRequest, given: Partial<Suspects<string>> = {}) {
  const compared = suspects(given);
  const verdict = verify(
    compared.description,
    compared.secrets.map(({ value }) => value),
    inbound,
    { now: NOW },
  );
  if (verdict.outcome === 'ok') throw new Error('this request is genuine');
  return diagnose(inbound, verdict, NOW, compared);
}

describe('a refused request', () => {
  it('has no signature', () => {
    expect(diagnosed(request({}))).toEqual({ reason: 'missing', detail: 'no stripe-signature header' });
  });

  it('has a signature that is none', () => {
    expect(diagnosed(request({ 'stripe-signature': 'v1=zz' })).reason).toBe('malformed');
  });

  it('is too old, or ahead of its time, by so many seconds', () => {
    expect(diagnosed(signed('active', { now: after(-301) }))).toMatchObject({ reason: 'stale', offBySeconds: 301 });
    expect(diagnosed(signed('active', { now: after(7_200) }))).toMatchObject({ reason: 'future', offBySeconds: 7_200 });
  });

  it.each([
    ['ended', 'expired_secret'],
    ['former', 'previous_secret'],
  ])('was signed with a secret of before (%s)', (secret, reason) => {
    expect(diagnosed(signed(secret))).toMatchObject({ reason, matched: `name of ${secret}` });
  });

  it('was signed with an earlier secret also when it is old as well', () => {
    expect(diagnosed(signed('ended', { now: after(-86_400) })).reason).toBe('expired_secret');
  });

  it('was signed with the secret of another source of the type', () => {
    const found = { reason: 'other_source', source: 'stripe-test', matched: 'name of of-test-mode' };
    expect(diagnosed(signed('of-test-mode'))).toMatchObject(found);
  });

  it('was meant for a source of another type', () => {
    const found = { reason: 'other_source', source: 'shop', matched: 'name of of-shop' };
    expect(diagnosed(signed('of-shop', { by: shopify }))).toMatchObject(found);
  });

  it('carries the token of another source', () => {
    const bot = {
      description: telegram,
      others: [{ slug: 'bot-b', description: telegram, secrets: known('token-b') }],
    };
    expect(diagnosed(signed('token-b', { by: telegram }), bot)).toMatchObject({
      reason: 'other_source',
      source: 'bot-b',
    });
    expect(diagnosed(signed('nobodys', { by: telegram }), bot).reason).toBe('wrong');
  });

  it.each<[string, (signedBody: Buffer<ArrayBuffer>) => Buffer<ArrayBuffer>]>([
    ['written anew', (body) => Buffer.from(JSON.stringify(JSON.parse(body.toString())))],
    ['given a byte order mark', (body) => Buffer.from(`\ufeff${body.toString()}`)],
    ['given other line ends', (body) => Buffer.from(body.toString().replaceAll('\n', '\r\n'))],
    ['given a line end', (body) => Buffer.from(`${body.toString()}\n`)],
  ])('had its body changed on the way: %s', (_how, change) => {
    const { headers } = signed('active');
    expect(diagnosed(request({ ...headers } as Record<string, string>, change(BODY)))).toMatchObject({
      reason: 'body_changed',
      matched: 'name of active',
      detail: expect.stringContaining('changed the body'),
    });
  });

  it('is simply wrong', () => {
    expect(diagnosed(signed('a guess'))).toEqual({
      reason: 'wrong',
      detail: 'no signature in stripe-signature matches a secret',
    });
  });

  it('is never taken for genuine because a source without secrets takes everything', () => {
    expect(diagnosed(request({})).reason).toBe('missing');
  });

  it('says nothing of what was sent', () => {
    const canary = 'canary-of-the-sender';
    const inbound = request({ 'stripe-signature': `t=1,v1=${canary}` }, Buffer.from(canary));
    expect(JSON.stringify(diagnosed(inbound))).not.toContain(canary);
  });
});
