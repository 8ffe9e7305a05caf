import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { configureSource } from './configure-source.js';
import { defineSource, isDefinedSource } from './define-source.js';
import { hmac } from './schemes/hmac.js';
import { unverified } from './schemes/unverified.js';

const signedIn = (header: string) => hmac({ header, algorithm: 'sha256', encoding: 'hex' });
const parts = {
  type: 'acme',
  docs: 'https://acme.example/webhooks',
  scheme: signedIn('x-signature'),
  externalId: () => 'id',
  eventType: () => 'type',
  headers: { keep: ['x-id'] },
};
const acme = defineSource<{ header: string }>({
  ...parts,
  options: z.strictObject({ header: z.string().default('x-other') }),
  configure: ({ header }) => ({ scheme: signedIn(header) }),
});

describe('configureSource', () => {
  it('leaves a type alone that has nothing to configure', () => {
    const plain = defineSource(parts);
    expect(configureSource(plain, { url: 'https://acme.example' })).toBe(plain);
  });

  it('makes a checked description of the options, and keeps the rest', () => {
    const source = configureSource(acme, { header: 'x-mine' });
    expect(source).toMatchObject({ type: 'acme', headers: { keep: ['x-id'], signature: ['x-mine'], secret: [] } });
    expect(isDefinedSource(source)).toBe(true);
    expect(configureSource(source, { header: 'x-again' })).toBe(source);
  });

  it('takes the defaults of the type for no options', () => {
    expect(configureSource(acme, undefined).headers?.signature).toEqual(['x-other']);
  });

  it('lets options make no source that its type could not be', () => {
    const broken = defineSource({ ...parts, configure: () => ({ headers: { keep: ['authorization'] } }) });
    expect(() => configureSource(broken, {})).toThrow('carries a secret');
    const lax = defineSource({ ...parts, configure: () => ({ scheme: unverified({ because: 'test' }) }) });
    expect(configureSource(lax, {}).unsigned).toEqual(['body']);
  });
});
