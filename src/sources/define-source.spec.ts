import { describe, expect, it } from '@jest/globals';
import { defineSource, isDefinedSource } from './define-source.js';
import { hmac } from './schemes/hmac.js';
import { sharedToken } from './schemes/shared-token.js';
import { unverified } from './schemes/unverified.js';
import type { SourceDescription } from './source.js';

const signed = hmac({ header: 'x-signature', algorithm: 'sha256', encoding: 'hex' });
const token = sharedToken({ header: 'x-token' });
const acme: SourceDescription = {
  type: 'acme',
  docs: 'https://acme.example/webhooks',
  scheme: signed,
  externalId: ({ headers }) => headers['x-id'],
  eventType: ({ headers }) => headers['x-type'],
};

describe('defineSource', () => {
  it('freezes the description, down to its lists', () => {
    const source = defineSource({ ...acme, headers: { keep: ['x-id'] } });
    expect([source, source.headers, source.headers?.keep, source.unsigned].every(Object.isFrozen)).toBe(true);
    expect(isDefinedSource(source)).toBe(true);
    expect(isDefinedSource({ ...source })).toBe(false);
  });

  it('takes from the scheme which headers are signatures, and which are secrets', () => {
    expect(defineSource(acme).headers).toEqual({ keep: [], signature: ['x-signature'], secret: [] });
    expect(defineSource({ ...acme, scheme: token }).headers).toEqual({ keep: [], signature: [], secret: ['x-token'] });
  });

  it('adds that the body is unsigned where the scheme does not sign it', () => {
    expect(defineSource({ ...acme, unsigned: ['id'] }).unsigned).toEqual(['id']);
    expect(defineSource({ ...acme, scheme: token, unsigned: ['body'] }).unsigned).toEqual(['body']);
    expect(defineSource({ ...acme, scheme: unverified({ because: 'test' }) }).unsigned).toEqual(['body']);
  });

  it.each<[string, object, string]>([
    ['no type', { type: undefined }, 'type must match'],
    ['a type in upper case', { type: 'Acme' }, 'type must match'],
    ['a type with a slash', { type: 'a/b' }, 'type must match'],
    ['a type that is too long', { type: 'a'.repeat(64) }, 'type must match'],
    ['no documentation', { docs: 'see the wiki' }, 'docs must be the https URL'],
    ['no scheme', { scheme: undefined }, 'scheme must come from a factory'],
    [
      'a scheme of its own',
      { scheme: { ...signed, check: () => ({ outcome: 'ok' }) } },
      'scheme must come from a factory',
    ],
    ['a signed body called unsigned', { unsigned: ['body'] }, 'hmac-sha256 signs it'],
    ['no way to the id', { externalId: undefined }, 'externalId must be a function'],
    ['a subject that is no function', { subject: 'x' }, 'subject must be a function'],
    ['a header in upper case', { headers: { keep: ['X-Id'] } }, "'X-Id' must be lower case"],
    ['a header called __proto__', { headers: { keep: ['__proto__'] } }, 'must be lower case'],
    ['a kept secret', { headers: { keep: ['x-key'], secret: ['x-key'] } }, "'x-key' carries a secret"],
    [
      'a kept token of the scheme',
      { scheme: token, headers: { signature: ['x-token'] } },
      "'x-token' carries a secret",
    ],
    ['kept credentials', { headers: { keep: ['authorization'] } }, "'authorization' carries a secret"],
    ['no tolerance', { toleranceSeconds: 0 }, 'toleranceSeconds must be a number above 0'],
    ['a window that is no number', { dedupeWindowHours: Number.NaN }, 'dedupeWindowHours must be'],
    ['a body limit above what is ever held', { maxBodyBytes: 26 * 1024 * 1024 }, 'maxBodyBytes must be at most 25'],
    ['a body limit below zero', { maxBodyBytes: -1 }, 'maxBodyBytes must be'],
  ])('refuses %s', (_case, changes, message) => {
    expect(() => defineSource({ ...acme, ...changes })).toThrow(message);
  });

  it('names every problem at once', () => {
    expect(() => defineSource({ ...acme, docs: '', toleranceSeconds: -1 })).toThrow(/docs must.*toleranceSeconds must/);
  });
});
