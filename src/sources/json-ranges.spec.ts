import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { elementRanges, memberRanges, rangeAt, wholeRange } from './json-ranges.js';

const SPACES = ['', ' ', '\n\t', '\r\n  '];

/** JSON of a value, with any white space between its tokens. */
function spaced(value: unknown, spaces: readonly string[]): string {
  let turn = 0;
  const gap = () => spaces[turn++ % spaces.length] ?? '';
  const write = (item: unknown): string => {
    if (Array.isArray(item)) return `[${gap()}${item.map((one) => `${write(one)}${gap()}`).join(`,${gap()}`)}]`;
    if (typeof item !== 'object' || item === null) return JSON.stringify(item);
    const members = Object.entries(item).map(
      ([name, one]) => `${JSON.stringify(name)}${gap()}:${gap()}${write(one)}${gap()}`,
    );
    return `{${gap()}${members.join(`,${gap()}`)}}`;
  };
  return gap() + write(value) + gap();
}

const anySpaced = fc.array(fc.constantFrom(...SPACES), { minLength: 1, maxLength: 7 });

describe('the ranges of a JSON text', () => {
  it('are those of its elements, whatever they are and however they are spaced', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), anySpaced, (list, spaces) => {
        const text = Buffer.from(spaced(list, spaces));
        const ranges = elementRanges(text, wholeRange(text).start) ?? [];
        expect(ranges.map(({ start, end }) => JSON.parse(text.toString('utf8', start, end)))).toEqual(
          JSON.parse(JSON.stringify(list)),
        );
        // Exactly the value: not a byte of the white space around it.
        for (const { start, end } of ranges) {
          expect(text.toString('utf8', start, end).trim()).toBe(text.toString('utf8', start, end));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are those of its members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), anySpaced, (object, spaces) => {
        const text = Buffer.from(spaced(object, spaces));
        const ranges = memberRanges(text, wholeRange(text).start) ?? new Map<string, never>();
        const read = [...ranges].map(([name, { start, end }]) => [
          name,
          JSON.parse(text.toString('utf8', start, end)) as unknown,
        ]);
        expect(Object.fromEntries(read)).toEqual(JSON.parse(JSON.stringify(object)));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['{"a":[1],"a":[2]}', ['a'], '[2]'],
    ['{"\\u0061":[1],"a":[2]}', ['a'], '[2]'],
    ['{"a":[1],"\\u0061":[2]}', ['a'], '[2]'],
    ['{"a":{"b":[0,{"c":"}]"}]}}', ['a', 'b', 1, 'c'], '"}]"'],
    ['[12345678901234567890]', [0], '12345678901234567890'],
    ['[-1.5e3 ,true]', [1], 'true'],
    ['"\\\\"', [], '"\\\\"'],
    ['[]', [0], undefined],
    ['{"a":1}', ['b'], undefined],
    ['{"a":1}', [0], undefined],
    ['[1]', ['0'], undefined],
  ] as const)('of %s at %j is %s', (text, path, value) => {
    const range = rangeAt(Buffer.from(text), path);
    expect(range && text.slice(range.start, range.end)).toBe(value);
  });

  it('stop at a limit', () => {
    expect(elementRanges(Buffer.from('[1,2,3]'), 0, 3)).toHaveLength(3);
    expect(elementRanges(Buffer.from('[1,2,3]'), 0, 2)).toBeUndefined();
  });

  it('never throw and always end on bytes that are no JSON', () => {
    const tokens = fc.array(fc.constantFrom(...'[]{}",:\\ \n1a'.split('')), { maxLength: 40 });
    fc.assert(
      fc.property(tokens, (parts) => {
        const text = Buffer.from(parts.join(''));
        for (let at = 0; at <= text.length; at++) {
          elementRanges(text, at);
          memberRanges(text, at);
        }
      }),
      { numRuns: 2000 },
    );
    expect(wholeRange(Buffer.from('['.repeat(1_000_000))).end).toBe(1_000_000);
  });
});
