/** Whatever a stranger changes about a genuine request: it passes only if nothing that is signed was changed, and nothing throws. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InboundRequest } from '../source.js';
import { hmac } from './hmac.js';
import type { Scheme } from './scheme.js';
import { sharedToken } from './shared-token.js';
import { standardWebhooks } from './standard-webhooks.js';
import { timestampedHmac } from './timestamped-hmac.js';

const now = new Date(1_700_000_000_000);
const body = Buffer.from('{\n  "id": "evt_1",\n  "note": "naïve 💥"\n}');
const MUTANTS = 5000;

type Headers = Readonly<Record<string, string>>;

/** Per scheme: whether changed headers still hold, word for word, everything that the original's signature needs. */
const schemes: readonly [Scheme, (changed: Headers, genuine: Headers) => boolean][] = [
  [hmac({ header: 'x-sig', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' }), allEqual],
  [hmac({ header: 'x-sig', algorithm: 'sha256', encoding: 'base64' }), allEqual],
  [sharedToken({ header: 'x-token' }), allEqual],
  [
    timestampedHmac({ header: 'x-sig', separator: ',', timestampKey: 't', signatureKey: 'v1', joiner: '.' }),
    (changed, genuine) =>
      (genuine['x-sig'] ?? '').split(',').every((part) => changed['x-sig']?.split(',').includes(part)),
  ],
  [
    standardWebhooks(),
    (changed, genuine) =>
      changed['webhook-id'] === genuine['webhook-id'] &&
      changed['webhook-timestamp'] === genuine['webhook-timestamp'] &&
      (changed['webhook-signature'] ?? '').split(' ').includes(genuine['webhook-signature'] ?? ''),
  ],
];

function allEqual(changed: Headers, genuine: Headers): boolean {
  return Object.entries(genuine).every(([name, value]) => changed[name] === value);
}

/** Replaces, inserts or removes at one place; the place is a share of the length, so that all places are hit. */
const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), remove: fc.nat(3) });
const snippet = fc.oneof(
  fc.constantFrom('', '=', ',', ' ', 't', 'v1', 'v1,', 'v1=', '0', 'a', 'A', 'é', '.', '\0', '\ud800', '٣'),
  fc.string({ maxLength: 3, unit: 'binary' }),
);

describe.each(schemes.map(([scheme, holds]) => [scheme.name, scheme, holds] as const))('%s', (_name, scheme, holds) => {
  const secret = scheme.exampleSecret('mutation');
  const genuine = scheme.sign(body, { secret, now });
  const outcomeOf = (headers: Headers, bytes: Buffer, repeated = new Set<string>()) => {
    const request: InboundRequest = { method: 'POST', headers, repeated, body: bytes, receivedAt: now };
    return scheme.check(request, { secrets: [secret], now, toleranceSeconds: 300 }).outcome;
  };

  it(`tells ${MUTANTS} changed headers from the genuine one`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(genuine)), edit, snippet, (name, { at, remove }, inserted) => {
        const value = genuine[name] ?? '';
        const index = Math.floor(at * value.length);
        const changed = { ...genuine, [name]: value.slice(0, index) + inserted + value.slice(index + remove) };
        expect(outcomeOf(changed, body) === 'ok').toBe(holds(changed, genuine));
      }),
      { numRuns: MUTANTS },
    );
  });

  it(`tells ${MUTANTS} changed bodies from the genuine one`, () => {
    fc.assert(
      fc.property(edit, fc.uint8Array({ maxLength: 3 }), ({ at, remove }, inserted) => {
        const index = Math.floor(at * body.length);
        const changed = Buffer.concat([body.subarray(0, index), inserted, body.subarray(index + remove)]);
        expect(outcomeOf(genuine, changed) === 'ok').toBe(!scheme.signsBody || changed.equals(body));
      }),
      { numRuns: MUTANTS },
    );
  });

  it('survives any header at all', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...scheme.headers), fc.string({ unit: 'binary', maxLength: 200 })),
        (headers) => {
          expect(['missing', 'malformed', 'mismatch']).toContain(outcomeOf(headers, body));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
