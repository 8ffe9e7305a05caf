import { describe, expect, it } from '@jest/globals';
import { hmac } from './hmac.js';
import { isScheme, makeScheme } from './scheme.js';
import { unverified } from './unverified.js';

const scheme = hmac({ header: 'x-signature', algorithm: 'sha256', encoding: 'hex' });

describe('isScheme', () => {
  it('knows what a factory made', () => {
    expect(isScheme(scheme)).toBe(true);
    expect(isScheme(unverified({ because: 'test' }))).toBe(true);
  });

  it.each([
    ['a copy with another check', { ...scheme, check: () => ({ outcome: 'ok', secretIndex: 0 }) }],
    ['an object that inherits from one', Object.create(scheme)],
    ['nothing', undefined],
  ])('is not fooled by %s', (_case, value: unknown) => expect(isScheme(value)).toBe(false));
});

describe('makeScheme', () => {
  it('freezes what it makes', () => expect(Object.isFrozen(scheme)).toBe(true));

  it('refuses header names that no request can have', () => {
    expect(() => makeScheme({ ...scheme, headers: ['X-Signature'] })).toThrow('lower case');
  });

  it('refuses header values that are no text', () => {
    const headers = { 'x-signature': ['a', 'b'] as unknown as string };
    const now = new Date();
    const request = { method: 'POST', headers, repeated: new Set<string>(), body: Buffer.alloc(0), receivedAt: now };
    expect(scheme.check(request, { secrets: ['s'], now, toleranceSeconds: 300 }).outcome).toBe('malformed');
  });
});
