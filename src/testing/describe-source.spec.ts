/** The contract suite itself: it passes honest source types of every scheme, and catches the mistakes that it is for. */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineSource } from '../sources/define-source.js';
import { field, textOf } from '../sources/field.js';
import { bodyFieldsHmac } from '../sources/schemes/body-fields-hmac.js';
import { hmac } from '../sources/schemes/hmac.js';
import { ed25519 } from '../sources/schemes/public-key.js';
import type { Scheme } from '../sources/schemes/scheme.js';
import { sharedToken } from '../sources/schemes/shared-token.js';
import { standardWebhooks } from '../sources/schemes/standard-webhooks.js';
import { timestampedHmac } from '../sources/schemes/timestamped-hmac.js';
import { unverified } from '../sources/schemes/unverified.js';
import type { SourceDescription } from '../sources/source.js';
import { describeSource } from './describe-source.js';
import type { HandshakeFixture, SourceFixture } from './fixture.js';
import { readFixtures } from './fixture.js';

const signed = hmac({ header: 'x-signature', algorithm: 'sha512', encoding: 'base64' });
const signedInBody = bodyFieldsHmac({
  fields: [['id'], ['type']],
  joiner: '.',
  signature: ['sig'],
  encoding: 'hex',
  key: 'text',
});
const source = (type: string, scheme: Scheme, changes: Partial<SourceDescription> = {}) =>
  defineSource({
    type,
    docs: 'https://acme.example/webhooks',
    scheme,
    externalId: ({ payload }) => textOf(field(payload, 'id')),
    eventType: ({ payload }) => textOf(field(payload, 'type')),
    ...changes,
  });
const fixture: SourceFixture = {
  name: 'an event',
  headers: { 'x-kind': 'test' },
  body: { id: '1', type: 'created' },
  expected: { externalId: '1', type: 'created', subject: null },
};

describeSource(source('acme-hmac', signed), [fixture], { describe, it });
describeSource(source('acme-token', sharedToken({ header: 'authorization', prefix: 'Bearer ' })), [fixture], {
  describe,
  it,
});
describeSource(source('acme-standard', standardWebhooks(), { toleranceSeconds: 60 }), [fixture], { describe, it });
describeSource(source('acme-unverified', unverified({ because: 'test' })), [fixture], { describe, it });
describeSource(
  source(
    'acme-timestamped',
    timestampedHmac({
      header: 'paddle-signature',
      separator: ';',
      timestampKey: 'ts',
      signatureKey: 'h1',
      joiner: ':',
    }),
  ),
  [{ ...fixture, secret: 'pdl_ntfset_test' }],
  { describe, it },
);

describeSource(
  source('acme-ed25519', ed25519({ header: 'x-signature', timestampHeader: 'x-time' }), { toleranceSeconds: 60 }),
  [fixture],
  { describe, it },
);
describeSource(
  source('acme-in-the-body', signedInBody),
  [{ ...fixture, body: { id: '1', type: 'created', sig: '' } }],
  {
    describe,
    it,
  },
);
describeSource(
  source('acme-with-options', signed, {
    options: z.strictObject({ header: z.string() }),
    configure: (options) => ({ scheme: sharedToken({ header: textOf(field(options, 'header')) ?? '' }) }),
  }),
  [{ ...fixture, options: { header: 'x-mine' } }],
  { describe, it },
);

/** Runs the suite with a frame of three lines, and gives the names of the tests that failed. */
function failures(
  description: SourceDescription,
  fixtures: readonly SourceFixture[],
  handshakes: readonly HandshakeFixture[] = [],
): string[] {
  const failed: string[] = [];
  const run = (name: string, body: () => void) => {
    try {
      body();
    } catch {
      failed.push(name);
    }
  };
  describeSource(description, fixtures, { describe: (_name, body) => body(), it: run }, handshakes);
  return failed;
}

describe('the contract suite', () => {
  it('passes an honest source type in any test frame', () =>
    expect(failures(source('acme', signed), [fixture])).toEqual([]));

  it('misses a fixture', () => expect(failures(source('acme', signed), [])).toEqual(['has a fixture']));

  it.each<[string, Partial<SourceFixture['expected']>]>([
    ['type', { type: 'deleted' }],
    ['external id', { externalId: '2' }],
    ['subject', { subject: '1' }],
    ['format', { bodyFormat: 'form' }],
  ])('catches another %s than the fixture says', (_case, expected) => {
    const wrong = { ...fixture, expected: { ...fixture.expected, ...expected } };
    expect(failures(source('acme', signed), [wrong])).toEqual(['is named as the fixture says']);
  });

  it('catches a description that throws on a strange body', () => {
    const careless = source('acme', signed, { eventType: ({ payload }) => (payload as { type: string }).type });
    expect(failures(careless, [fixture])).toEqual(['no function of the description throws']);
  });

  it('catches a scheme that accepts anything', () => {
    const lax = {
      ...source('acme', signed),
      scheme: { ...signed, check: () => ({ outcome: 'ok', secretIndex: 0 }) as const },
    };
    expect(failures(lax, [fixture])).toEqual([
      'is accepted by any active secret',
      'is refused under another secret, and under none',
      'is refused when its body was altered',
      'is refused without its signature',
      'is refused when a signature header was repeated',
      'is refused, without an exception, with garbage for a signature',
    ]);
  });

  it('catches a scheme that throws', () => {
    const check: Scheme['check'] = (request, context) => {
      if (request.headers['x-signature']?.includes('é')) throw new RangeError('lengths differ');
      return signed.check(request, context);
    };
    const throwing = { ...source('acme', signed), scheme: { ...signed, check } };
    expect(failures(throwing, [fixture])).toEqual(['is refused, without an exception, with garbage for a signature']);
  });

  it('catches a scheme that accepts a body without its signature', () => {
    const lax = { ...signedInBody, check: () => ({ outcome: 'ok', secretIndex: 0 }) as const };
    const found = failures({ ...source('acme', signed), scheme: lax }, [
      { ...fixture, body: { id: '1', type: 'created' } },
    ]);
    expect(found).toContain('is refused, without an exception, with anything else for a body');
  });

  it('catches a description that takes events for handshakes', () => {
    const eager = source('acme', signed, { challenge: { post: () => ({ status: 204 }) } });
    expect(failures(eager, [fixture])).toEqual([
      'has a fixture of its handshake with POST',
      'takes no event for a handshake',
    ]);
  });

  it('catches a handshake that any token opens', () => {
    const open = source('acme', signed, { challenge: { get: ({ query }) => ({ echo: query['challenge'] ?? '' }) } });
    const asked = { name: 'a question', kind: 'GET', answer: { status: 200, body: 'c' } } as const;
    expect(failures(open, [fixture])).toEqual(['has a fixture of its handshake with GET']);
    const url = '/webhooks/acme?challenge=c&token=t';
    expect(failures(open, [fixture], [{ ...asked, url }])).toEqual([
      'is not answered when a parameter is missing, repeated or another',
    ]);
    expect(failures(open, [fixture], [{ ...asked, url, answer: { status: 200, body: 'd' } }])).toContain(
      'is answered as the fixture says',
    );
  });

  it('catches a description whose lists nobody has shown, and events of a list that share an id', () => {
    const list = (first: string, second: string) => ({
      ...fixture,
      body: {
        list: [
          { id: first, type: 'created' },
          { id: second, type: 'created' },
        ],
      },
      more: [{ externalId: second, type: 'created' }],
    });
    const splitting = source('acme', signed, { split: '/list' });
    expect(failures(splitting, [{ ...fixture, body: { list: [fixture.body] } }])).toEqual([
      'has a fixture of several events',
    ]);
    expect(failures(splitting, [list('1', '2')])).toEqual([]);
    expect(failures(splitting, [list('1', '1')])).toEqual(['has events with ids of their own']);
    expect(failures(source('acme', signed), [list('1', '2')])).toContain('is named as the fixture says');
  });

  it('refuses options that the type refuses', () => {
    const choosy = source('acme', signed, { options: z.strictObject({}) });
    expect(() => failures(choosy, [{ ...fixture, options: { header: 1 } }])).toThrow('Unrecognized key');
  });

  it('catches a kept secret', () => {
    const careful = source('acme', sharedToken({ header: 'x-token' }));
    const leaking = { ...careful, headers: { keep: ['x-token'] } };
    expect(failures(leaking, [fixture])).toEqual(['keeps no bearer secret']);
  });
});

describe('readFixtures', () => {
  it('finds nothing where there is no folder', () => expect(readFixtures('/nowhere/at/all')).toEqual([]));
});
