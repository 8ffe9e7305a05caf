import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EXCERPT_BYTES, responseExcerpt } from './response-excerpt.js';

const of = (text: string) => responseExcerpt(Buffer.from(text));

describe('responseExcerpt', () => {
  it('keeps text as it is, with its lines and letters', () => {
    const text = '{"error":\t"zu spät"}\n→ 🙂';
    expect(of(text)).toBe(text);
  });

  it('holds none of our secrets, also where they stand across its end', () => {
    const secret = 'Bearer 0123456789abcdef';
    const text = `${'x'.repeat(EXCERPT_BYTES - 10)}${secret} and more`;
    for (const echoed of [`you sent ${secret}!`, text]) {
      const kept = responseExcerpt(Buffer.from(echoed), [secret]) ?? '';
      expect(kept).toContain('[redacted'.slice(0, 9));
      expect(kept).not.toMatch(/Bearer|0123/);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(EXCERPT_BYTES);
    }
  });

  it('has nothing of an empty answer', () => {
    expect(of('')).toBeUndefined();
  });

  it.each([
    ['NUL, which Postgres refuses', '\0'],
    ['an escape, which a terminal obeys', '\u001b'],
    ['a carriage return, which overwrites a line', '\r'],
    ['delete', '\u007f'],
    ['a C1 control', '\u009b'],
    ['a line separator', '\u2028'],
    ['a byte order mark', '\ufeff'],
    ['a turn of the writing direction', '\u202e'],
    ['an isolate', '\u2066'],
  ])('replaces %s', (_case, character) => {
    expect(of(`a${character}b`)).toBe('a\ufffdb');
  });

  it('replaces bytes that are no text', () => {
    expect(responseExcerpt(Buffer.from([0x61, 0xff, 0xed, 0xa0, 0x80, 0x62]))).toBe('a\ufffd\ufffd\ufffd\ufffdb');
  });

  it('keeps at most a kilobyte, cut between characters', () => {
    expect(of('x'.repeat(5_000))).toBe('x'.repeat(EXCERPT_BYTES));
    expect(of(`${'x'.repeat(EXCERPT_BYTES - 1)}é`)).toBe('x'.repeat(EXCERPT_BYTES - 1));
  });

  it('is within its limits whatever the bytes', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }),
      fc.string({ unit: 'binary', maxLength: 1_500 }).map((text) => new TextEncoder().encode(text)),
      // Each of these grows to three bytes.
      fc.uint8Array({ min: 0, max: 8, minLength: 900, maxLength: 1_200 }),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const text = responseExcerpt(Buffer.from(bytes)) ?? '';
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(EXCERPT_BYTES);
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/[^\P{Cc}\t\n]/u);
      }),
      { numRuns: 500 },
    );
  });
});
