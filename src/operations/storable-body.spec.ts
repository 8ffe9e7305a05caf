import { describe, expect, it } from '@jest/globals';
import { requireStorable } from './storable-body.js';

describe('requireStorable', () => {
  it.each([[undefined], [null], ['text'], [{ a: [1, 'b', { c: null, d: '💩' }] }]])('takes %j', (body) => {
    expect(() => requireStorable(body)).not.toThrow();
  });

  it.each<[unknown, string]>([
    ['\0', 'body: '],
    [{ a: { b: ['x', '\ud800'] } }, 'a.b.1: '],
    [{ a: { 'k\0': 1 } }, 'a: has a key'],
  ])('names the place in %j, and not the value', (body, message) => {
    expect(() => requireStorable(body)).toThrow(message);
  });

  it('refuses what is nested without end, without an overflow of its own', () => {
    let nested: unknown = 1;
    for (let n = 0; n < 500_000; n += 1) nested = n % 2 ? [nested] : { nested };
    expect(() => requireStorable(nested)).toThrow('nested deeper than 64 levels');
  });
});
