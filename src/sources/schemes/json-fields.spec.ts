import { describe, expect, it } from '@jest/globals';
import { withFields } from './json-fields.js';

const write = (text: string, ...changes: Parameters<typeof withFields>[1]) =>
  withFields(Buffer.from(text), changes).toString();

describe('withFields', () => {
  it('changes one value and not another byte', () => {
    const text = '{ "id":704912205188288575,\n "sig" : "old" , "x":1.0, "é":"\\u00e9" }\r\n';
    expect(write(text, [['sig'], 'new'])).toBe(text.replace('"old"', '"new"'));
  });

  it.each([
    ['{}', ['a'], '{"a":1}'],
    ['{"b":2}', ['a'], '{"b":2,"a":1}'],
    ['{"a":{"b":"}"}}', ['a', 'b'], '{"a":{"b":1}}'],
    ['{"a":[{"b":0},{"b":0}]}', ['a', 1, 'b'], '{"a":[{"b":0},{"b":1}]}'],
    // The one that counts is the last.
    ['{"a":0,"a":0}', ['a'], '{"a":0,"a":1}'],
    ['{"a":0}', ['b', 'c'], '{"a":0}'],
    ['[0]', [0], '[0]'],
    ['[0]', ['a'], '[0]'],
    ['{"a":', ['a'], '{"a":'],
    ['', ['a'], ''],
  ] as const)('of %s at %j is %s', (text, path, result) => expect(write(text, [path, 1])).toBe(result));

  it('makes several changes', () => {
    expect(write('{"a":{},"b":"x"}', [['a', 's'], 'long text'], [['b'], 2])).toBe('{"a":{"s":"long text"},"b":2}');
  });
});
