import { describe, expect, it } from '@jest/globals';
import { parseExactJson } from './exact-json.js';

describe('parseExactJson', () => {
  it.each([
    ['704912205188288575', '704912205188288575'],
    ['{"id":-704912205188288575}', { id: '-704912205188288575' }],
    ['[1,9007199254740993,2]', [1, '9007199254740993', 2]],
    ['{"id":9007199254740991}', { id: 9007199254740991 }],
    ['{"id":1234567890123456}', { id: 1234567890123456 }],
    ['{"price":19.99,"note":", 704912205188288575"}', { price: 19.99, note: ', 704912205188288575' }],
    ['{"a":{"b":[{"c":\n 704912205188288575}]}}', { a: { b: [{ c: '704912205188288575' }] } }],
    ['{"pi":3.14159265358979323846,"big":1e30}', { pi: Math.PI, big: 1e30 }],
  ])('reads %s', (text, value) => expect(parseExactJson(text)).toEqual(value));

  it('keeps __proto__ an ordinary key', () => {
    const value = parseExactJson('{"__proto__":{"id":704912205188288575}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('throws on what is no JSON', () => expect(() => parseExactJson('{"id":7049122051882885750')).toThrow(SyntaxError));
});
