import { describe, expect, it } from '@jest/globals';
import { jsonDepth } from './json-depth.js';

describe('jsonDepth', () => {
  it.each([
    ['', 0],
    ['1', 0],
    ['"[[["', 0],
    ['"\\"[[["', 0],
    ['"\\\\"', 0],
    ['{}', 1],
    ['[{},{"a":[1]}]', 3],
    ['{"a\\"":"{[","b":{"c":1}}', 2],
  ])('of %s is %d', (text, depth) => expect(jsonDepth(Buffer.from(text), 1000)).toBe(depth));

  it('stops soon after the limit', () => expect(jsonDepth(Buffer.from('['.repeat(1_000_000)), 64)).toBe(65));
});
