import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundedText, safeId, safeText } from './safe-text.js';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

describe('safeText', () => {
  it.each([
    ['naïve 💥', 'naïve 💥'],
    ['a\0b', 'ab'],
    ['a\ud800b', 'a\ufffdb'],
    ['\udc00', '\ufffd'],
    ['', undefined],
    [' \t', undefined],
    ['\0', undefined],
    [7, undefined],
    [null, undefined],
  ])('of %j is %j', (value, text) => expect(safeText(value)).toBe(text));
});

describe('boundedText', () => {
  it('leaves what fits as it is', () => expect(boundedText('é'.repeat(128), 256)).toBe('é'.repeat(128)));

  it('cuts between characters, and keeps different texts different', () => {
    const first = boundedText(`${'💥'.repeat(80)}a`, 256);
    const second = boundedText(`${'💥'.repeat(80)}b`, 256);
    expect(first).toMatch(/^💥+~[0-9a-f]{16}$/u);
    expect(first).not.toBe(second);
    expect(boundedText(`${'💥'.repeat(80)}a`, 256)).toBe(first);
  });

  it('gives what Postgres accepts, within the bound, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const bounded = boundedText(text, 64) ?? '';
        expect(Buffer.byteLength(bounded)).toBeLessThanOrEqual(64);
        expect(/\0|\p{Surrogate}/u.test(bounded)).toBe(false);
      }),
    );
  });
});

describe('safeId', () => {
  it.each([
    ['evt_1', 'evt_1'],
    ['__proto__', '__proto__'],
    ['é'.repeat(128), 'é'.repeat(128)],
    ['é'.repeat(129), `sha256:${hashOf('é'.repeat(129))}`],
    ['x'.repeat(257), `sha256:${hashOf('x'.repeat(257))}`],
    ['a\0b', `sha256:${hashOf('a\0b')}`],
    ['', undefined],
    ['  ', undefined],
    [7, undefined],
  ])('of %j', (value, id) => expect(safeId(value)).toBe(id));

  it('keeps ids apart that cleaning would make equal', () => {
    const ids = ['a\ud800', 'a\ud801', 'a\ufffd', 'a\0', 'a'].map(safeId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
