import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchType } from './match-type.js';

describe('matchType', () => {
  it.each([
    ['invoice.paid', 'invoice.paid', true],
    ['invoice.paid', 'invoice.paid.late', false],
    ['invoice.paid', 'Invoice.paid', false],
    ['', '', true],
    ['', 'a', false],
    ['*', 'invoice.paid', true],
    ['*', '', true],
    ['invoice.*', 'invoice.paid', true],
    ['invoice.*', 'invoice.', true],
    ['invoice.*', 'invoice', false],
    ['invoice.*', 'invoice.payment.failed', true],
    ['invoice.*', 'draft-invoice.paid', false],
    ['orders/*', 'orders/create', true],
    ['*/create', 'orders/create', true],
    ['*/create', 'orders/create/late', false],
    ['*.failed', 'a.failed.failed', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['**', 'x', true],
    ['a**', 'a', true],
    ['*a', 'aaab', false],
    ['*aab', 'aaaab', true],
    ['*ab*ab', 'ab', false],
  ])('takes by pattern %j the type %j: %j', (pattern, type, taken) => {
    expect(matchType(pattern, type)).toBe(taken);
  });

  it.each(['.', '?', '+', '(', '[a-z]', '\\', '^a$', '|', '{1}', '%', '_'])(
    'has no special character but *: %j',
    (text) => {
      expect(matchType(text, text)).toBe(true);
      expect(matchType(`${text}*`, `${text}x`)).toBe(true);
      expect(matchType(text, 'a')).toBe(false);
      expect(matchType(`*${text}`, 'a')).toBe(false);
    },
  );

  it('gives unparsed only to those who name it', () => {
    expect(matchType('unparsed', 'unparsed')).toBe(true);
    for (const pattern of ['*', 'un*', '*parsed', 'unparsed*', '*unparsed']) {
      expect(matchType(pattern, 'unparsed')).toBe(false);
    }
  });

  it('agrees with a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '*', '*'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (wild, type) => {
        const escaped = wild.split('*').map((part) => part.replaceAll('.', '\\.'));
        expect(matchType(wild, type)).toBe(new RegExp(`^${escaped.join('.*')}$`).test(type));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes its time only by the product of the lengths, whatever the pattern', () => {
    const pattern = `${'*a'.repeat(128)}b`;
    const type = 'a'.repeat(256);
    const startedAt = performance.now();
    for (let round = 0; round < 100; round += 1) expect(matchType(pattern, type)).toBe(false);
    // An exponential matcher would not come back at all.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
