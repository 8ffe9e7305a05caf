/** Whatever a stranger changes about a genuine request: it passes only if nothing that is signed was changed, and nothing throws. */
import { isUtf8 } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { InboundRequest } from '../source.js';
import { bodyFieldsHmac } from './body-fields-hmac.js';
import { datedBodyHmac } from './dated-body-hmac.js';
import { firstPresent } from './first-present.js';
import { hmac } from './hmac.js';
import { ecdsaP256, ed25519 } from './public-key.js';
import type { Scheme } from './scheme.js';
import { sharedToken } from './shared-token.js';
import { signedForm } from './signed-form.js';
import { signedText } from './signed-text.js';
import { standardWebhooks } from './standard-webhooks.js';
import { timestampedHmac } from './timestamped-hmac.js';

const now = new Date(1_700_000_000_000);
const url = 'https://hooks.example.com/webhooks/acme?a=b';
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const MUTANTS = 5000;

type Headers = Readonly<Record<string, string>>;

interface Target {
  readonly scheme: Scheme;
  /** Whether changed headers still hold, word for word, everything that the original's signature needs. */
  readonly headersHold?: (changed: Headers, genuine: Headers) => boolean;
  readonly body?: string;
  readonly type?: string;
  /** Whether a changed body still says all that is signed. Default: the same bytes, where the scheme signs the body. */
  readonly bodyHolds?: (changed: Buffer, genuine: Buffer) => boolean;
}

const seconds = { header: 'x-time', format: 'seconds' } as const;
const headerPair = { header: 'x-sig', timestampHeader: 'x-time' };
const standardHolds = (changed: Headers, genuine: Headers) =>
  changed['webhook-id'] === genuine['webhook-id'] &&
  changed['webhook-timestamp'] === genuine['webhook-timestamp'] &&
  (changed['webhook-signature'] ?? '').split(' ').includes(genuine['webhook-signature'] ?? '');

const targets: readonly Target[] = [
  { scheme: hmac({ header: 'x-sig', algorithm: 'sha256', encoding: 'hex', prefix: 'sha256=' }) },
  { scheme: hmac({ header: 'x-sig', algorithm: 'sha256', encoding: 'base64' }) },
  { scheme: sharedToken({ header: 'x-token' }) },
  {
    scheme: timestampedHmac({ header: 'x-sig', separator: ',', timestampKey: 't', signatureKey: 'v1', joiner: '.' }),
    headersHold: (changed, genuine) =>
      (genuine['x-sig'] ?? '').split(',').every((part) => changed['x-sig']?.split(',').includes(part)),
  },
  { scheme: standardWebhooks(), headersHold: standardHolds },
  {
    scheme: firstPresent(
      { scheme: standardWebhooks(), header: 'webhook-signature', takes: (secret) => secret.startsWith('whsec_') },
      { scheme: sharedToken({ header: 'x-token' }), header: 'x-token', takes: () => true },
    ),
    headersHold: standardHolds,
    // It claims no more than its weaker way; the stronger one was taken here, and holds what it does by itself.
    bodyHolds: (changed, genuine) => changed.equals(genuine),
  },
  {
    scheme: signedText({
      text: 'v0:{timestamp}:{body}',
      header: 'x-sig',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'v0=',
      timestamp: seconds,
    }),
  },
  {
    scheme: signedText({
      text: '{method}{url}{body}{timestamp}',
      header: 'x-sig',
      algorithm: 'sha512',
      encoding: 'base64',
      timestamp: { header: 'x-time', format: 'milliseconds' },
    }),
  },
  {
    scheme: signedText({
      text: '{id}.{timestamp}{body}',
      header: 'x-sig',
      algorithm: 'sha256',
      encoding: 'base64',
      timestamp: { header: 'x-time', format: 'iso8601' },
      idHeader: 'x-id',
    }),
  },
  {
    scheme: signedForm({ header: 'x-sig' }),
    type: FORM_TYPE,
    body: 'To=%2B1800&Body=na%C3%AFve&A=1&A=2',
    bodyHolds: sameForm,
  },
  {
    scheme: datedBodyHmac({
      header: 'x-sig',
      algorithm: 'sha256',
      encoding: 'hex',
      time: { field: 'at', format: 'milliseconds' },
    }),
    body: '{"id":"evt_1","at":1}',
  },
  {
    scheme: bodyFieldsHmac({
      items: 'items',
      fields: [['id'], ['amount', 'value'], ['success']],
      joiner: ':',
      signature: ['signature'],
      encoding: 'base64',
      key: 'hex',
    }),
    body: '{"items":[{"id":"evt_1","amount":{"value":1000},"success":"true","note":"naïve","signature":""}]}',
    bodyHolds: sameItem,
  },
  { scheme: ed25519(headerPair) },
  { scheme: ecdsaP256(headerPair) },
];

/** What Twilio signs of a form, worked out without the scheme's code. */
function sameForm(changed: Buffer, genuine: Buffer): boolean {
  const signedPart = (form: Buffer) => {
    const fields = new URLSearchParams(form.toString());
    return [...new Set([...fields].map(([name, value]) => JSON.stringify([name, value])))]
      .map((pair) => JSON.parse(pair) as [string, string])
      .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
      .flat()
      .join('');
  };
  return isUtf8(changed) && signedPart(changed) === signedPart(genuine);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Whether the signed fields of one item, and its signature, read the same. */
function sameItem(changed: Buffer, genuine: Buffer): boolean {
  try {
    return isUtf8(changed) && signedFieldsOf(changed) === signedFieldsOf(genuine);
  } catch {
    return false;
  }
}

function signedFieldsOf(body: Buffer): string {
  type Item = { id?: unknown; amount?: { value?: unknown } | null; success?: unknown; signature?: unknown };
  const { items } = JSON.parse(body.toString()) as { items: Item[] };
  const text = (value: unknown) =>
    value === null || value === undefined
      ? ''
      : typeof value === 'object' || (typeof value === 'number' && !Number.isSafeInteger(value))
        ? 'nothing that is signed'
        : JSON.stringify(value).replace(/^"|"$/g, '');
  return items
    .map(
      ({ id, amount, success, signature }) => `${[id, amount?.value, success].map(text).join(':')} ${text(signature)}`,
    )
    .join('|');
}

function allEqual(changed: Headers, genuine: Headers): boolean {
  return Object.entries(genuine).every(([name, value]) => changed[name] === value);
}

/** Replaces, inserts or removes at one place; the place is a share of the length, so that all places are hit. */
const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), remove: fc.nat(3) });
const snippet = fc.oneof(
  fc.constantFrom('', '=', ',', ' ', 't', 'v1', 'v1,', 'v1=', '0', 'a', 'A', 'é', '.', '\0', '\ud800', '٣'),
  fc.string({ maxLength: 3, unit: 'binary' }),
);

describe.each(targets.map((target, index) => [`${index + 1} ${target.scheme.name}`, target] as const))(
  '%s',
  (_name, target) => {
    const { scheme, headersHold = allEqual, type = JSON_TYPE } = target;
    const secret = scheme.exampleSecret('mutation');
    const context = {
      secret: scheme.signingKey?.example('mutation') ?? secret,
      now,
      url,
      headers: { 'content-type': type },
    };
    const plain = Buffer.from(target.body ?? '{\n  "id": "evt_1",\n  "note": "naïve 💥"\n}');
    const body = scheme.signBody?.(plain, context) ?? plain;
    const genuine = scheme.sign(body, context);
    const bodyHolds = target.bodyHolds ?? ((changed, original) => !scheme.signsBody || changed.equals(original));
    const outcomeOf = (headers: Headers, bytes: Buffer) => {
      const all = { ...headers, 'content-type': type };
      const request: InboundRequest = {
        method: 'POST',
        headers: all,
        repeated: new Set(),
        body: bytes,
        url,
        receivedAt: now,
      };
      return scheme.check(request, { secrets: [secret], now, toleranceSeconds: 300 }).outcome;
    };
    // A scheme without headers gets the mutants of those for its body.
    const inHeaders = Object.keys(genuine).length > 0 ? MUTANTS : 0;
    const itWithHeaders = inHeaders > 0 ? it : undefined;

    it('accepts the genuine one', () => expect(outcomeOf(genuine, body)).toBe('ok'));

    itWithHeaders?.(`tells ${inHeaders} changed headers from the genuine one`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...Object.keys(genuine)), edit, snippet, (name, { at, remove }, inserted) => {
          const value = genuine[name] ?? '';
          const index = Math.floor(at * value.length);
          const changed = { ...genuine, [name]: value.slice(0, index) + inserted + value.slice(index + remove) };
          expect(outcomeOf(changed, body) === 'ok').toBe(headersHold(changed, genuine));
        }),
        { numRuns: inHeaders },
      );
    });

    it(`tells ${2 * MUTANTS - inHeaders} changed bodies from the genuine one`, () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 3 }),
        snippet.map((text) => Buffer.from(text)),
      );
      fc.assert(
        fc.property(edit, bytes, ({ at, remove }, inserted) => {
          const index = Math.floor(at * body.length);
          const changed = Buffer.concat([body.subarray(0, index), inserted, body.subarray(index + remove)]);
          expect(outcomeOf(genuine, changed) === 'ok').toBe(bodyHolds(changed, body));
        }),
        { numRuns: 2 * MUTANTS - inHeaders },
      );
    });

    it('survives any header at all', () => {
      const names = scheme.headers.length > 0 ? scheme.headers : ['x-any'];
      fc.assert(
        fc.property(
          fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary', maxLength: 200 })),
          (headers) => {
            expect(['missing', 'malformed', 'mismatch']).toContain(outcomeOf(headers, plain));
          },
        ),
        { numRuns: 1000 },
      );
    });
  },
);
