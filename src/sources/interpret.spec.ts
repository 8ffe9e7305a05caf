import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { defineSource } from './define-source.js';
import { field, textOf } from './field.js';
import { normalise, verify } from './interpret.js';
import { hmac } from './schemes/hmac.js';
import { sharedToken } from './schemes/shared-token.js';
import { timestampedHmac } from './schemes/timestamped-hmac.js';
import type { InboundRequest, SourceDescription } from './source.js';

const NOW = new Date('2026-11-02T12:34:56Z');
const acme: SourceDescription = {
  type: 'acme',
  docs: 'https://acme.example/webhooks',
  scheme: hmac({ header: 'x-signature', algorithm: 'sha256', encoding: 'hex' }),
  externalId: ({ payload }) => textOf(field(payload, 'id')),
  eventType: ({ payload }) => textOf(field(payload, 'type')),
};

function request(body: string | Buffer, headers: InboundRequest['headers'] = {}, receivedAt = NOW): InboundRequest {
  return { method: 'POST', headers, repeated: new Set(), body: Buffer.from(body), receivedAt };
}
const eventOf = (changes: Partial<SourceDescription>, inbound: InboundRequest) =>
  normalise(defineSource({ ...acme, ...changes }), inbound)[0];
const throws = () => {
  throw new TypeError('no such field');
};

describe('verify', () => {
  const timed = timestampedHmac({
    header: 'x-signature',
    separator: ',',
    timestampKey: 't',
    signatureKey: 'v1',
    joiner: '.',
  });
  const source = defineSource({ ...acme, scheme: timed, toleranceSeconds: 10 });
  const signed = request('{}', timed.sign(Buffer.from('{}'), { secret: 's', now: NOW }));
  const later = new Date(NOW.getTime() + 60_000);

  it('judges time by the tolerance of the type, unless told another', () => {
    expect(verify(source, ['s'], signed, { now: NOW }).outcome).toBe('ok');
    expect(verify(source, ['s'], signed, { now: later }).outcome).toBe('stale');
    expect(verify(source, ['s'], signed, { now: later, toleranceSeconds: 60 }).outcome).toBe('ok');
  });

  it('turns an exception into a verdict that repeats nothing of the request', () => {
    const broken = { ...acme, scheme: { ...acme.scheme, check: throws } };
    const verdict = verify(broken, ['s'], signed, { now: NOW });
    expect(verdict).toEqual({ outcome: 'malformed', detail: 'the scheme failed with TypeError' });
  });
});

describe('normalise', () => {
  it('names an event as its description says', () => {
    const body = '{"id":"1","type":"created","mode":"live"}';
    const described: Partial<SourceDescription> = {
      subject: () => 'object',
      tenant: () => 'shop',
      occurredAt: () => new Date(0),
      apiVersion: () => 'v1',
      livemode: ({ payload }) => field(payload, 'mode') === 'live',
      headers: { keep: ['x-topic', 'x-absent'] },
    };
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'acme',
      'x-topic': 't',
      'x-signature': 's',
      cookie: 'c',
    };
    expect(eventOf(described, request(body, headers))).toEqual({
      externalId: '1',
      type: 'created',
      subject: 'object',
      tenant: 'shop',
      occurredAt: new Date(0),
      apiVersion: 'v1',
      livemode: true,
      headers: { 'content-type': 'application/json', 'user-agent': 'acme', 'x-topic': 't' },
      signatureHeaders: { 'x-signature': 's' },
      contentType: 'application/json',
      bodySha256: createHash('sha256').update(body).digest(),
      bodyFormat: 'json',
      payload: { id: '1', type: 'created', mode: 'live' },
    });
  });

  it('knows a body without an id by its bytes, once per window', () => {
    const hash = createHash('sha256').update('beat').digest('hex');
    const idAt = (iso: string, dedupeWindowHours?: number) =>
      eventOf({ dedupeWindowHours }, request('beat', {}, new Date(iso))).externalId;
    expect(idAt('2026-11-02T00:00:00.000Z')).toBe(`sha256:${hash}@2026-11-02T00:00:00.000Z`);
    expect(idAt('2026-11-02T23:59:59.999Z')).toBe(`sha256:${hash}@2026-11-02T00:00:00.000Z`);
    expect(idAt('2026-11-03T00:00:00.000Z')).toBe(`sha256:${hash}@2026-11-03T00:00:00.000Z`);
    expect(idAt('2026-11-02T12:34:56.000Z', 1)).toBe(`sha256:${hash}@2026-11-02T12:00:00.000Z`);
    expect(eventOf({}, request('beat')).type).toBe('unparsed');
  });

  it('takes an exception in a description for "not given"', () => {
    const broken = { externalId: throws, eventType: throws, occurredAt: throws, subject: throws, tenant: throws };
    const event = eventOf({ ...broken, apiVersion: throws, livemode: throws }, request('{"id":"1"}'));
    expect(event).toMatchObject({ type: 'unparsed', bodyFormat: 'json' });
    expect(event.externalId).toMatch(/^sha256:/);
    const given = [event.occurredAt, event.subject, event.tenant, event.apiVersion, event.livemode];
    expect(given.every((value) => value === undefined)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['a number', 7],
    ['a promise', Promise.resolve('x')],
    ['an object', {}],
    ['null', null],
  ])('takes %s where a text belongs for "not given"', (_case, answer) => {
    const untyped = {
      externalId: () => answer,
      eventType: () => answer,
      livemode: () => answer,
      occurredAt: () => answer,
    };
    const event = eventOf(untyped as Partial<SourceDescription>, request('{}'));
    expect(event).toMatchObject({ type: 'unparsed', livemode: undefined, occurredAt: undefined });
  });

  it.each([new Date(Number.NaN), new Date(-62_135_596_800_001), new Date(253_402_300_800_000)])(
    'drops the date %p',
    (date) => {
      expect(eventOf({ occurredAt: () => date }, request('{}')).occurredAt).toBeUndefined();
    },
  );

  it.each(['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])('keeps the date %s', (iso) => {
    expect(eventOf({ occurredAt: () => new Date(iso) }, request('{}')).occurredAt?.toISOString()).toBe(iso);
  });

  it('keeps the digits of large numbers', () => {
    const event = eventOf(
      { subject: ({ payload }) => textOf(field(payload, 'ref')) },
      request('{"id":704912205188288575,"ref":1}'),
    );
    expect(event).toMatchObject({ externalId: '704912205188288575', subject: '1' });
  });

  it('bounds every text', () => {
    const long = () => 'x'.repeat(10_000);
    const headers = { 'content-type': 'c'.repeat(10_000), 'x-signature': 's'.repeat(10_000) };
    const event = eventOf(
      { externalId: long, eventType: long, subject: long, tenant: long, apiVersion: long },
      request('', headers),
    );
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(8_000);
    expect(event.externalId).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('cleans every text', () => {
    const dirty = () => 'a\0\ud800';
    const event = eventOf({ eventType: dirty, subject: dirty, tenant: dirty }, request('', { 'content-type': 'x\0' }));
    expect(event).toMatchObject({ type: 'a\ufffd', subject: 'a\ufffd', tenant: 'a\ufffd', contentType: 'x' });
  });

  it('hides bearer secrets, even from the description', () => {
    const scheme = sharedToken({ header: 'x-token' });
    const event = eventOf(
      { scheme, tenant: ({ headers }) => headers['x-token'] },
      request('{}', { 'x-token': 'secret' }),
    );
    expect(JSON.stringify(event)).not.toContain('"secret"');
    expect(event.tenant).toBeUndefined();
  });

  it('reads forms', () => {
    const event = eventOf({}, request('id=1&type=ping', { 'content-type': 'application/x-www-form-urlencoded' }));
    expect(event).toMatchObject({ externalId: '1', type: 'ping', bodyFormat: 'form' });
  });
});
