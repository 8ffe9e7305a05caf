import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseBody } from './parse-body.js';
import { MAX_EVENTS_PER_BODY, splitBody } from './split-body.js';

const split = (pointer: string, text: string) => {
  const body = Buffer.from(text);
  return splitBody(pointer, body, parseBody(undefined, body).payload);
};
const partsOf = (pointer: string, text: string): string[] | undefined => {
  const found = split(pointer, text);
  if (found?.kind !== 'parts') return undefined;
  return found.parts.map(({ offset, length }) => Buffer.from(text).toString('utf8', offset, offset + length));
};

describe('splitBody', () => {
  it.each([
    ['', ' [ {"a":1} ,\n2,"é" ]\r\n', ['{"a":1}', '2', '"é"']],
    ['/items', '{"é":1,"items":[1,[2]]}', ['1', '[2]']],
    ['/a~1b/~0', '{"a/b":{"~":["x"]}}', ['"x"']],
    ['', '\ufeff[1,2]', ['1', '2']],
    // What JSON.parse reads is the last of two lists: the first is not what was verified.
    ['/items', '{"items":["forged"],"items":["real"]}', ['"real"']],
    ['/items', '{"items":["forged"],"it\\u0065ms":["real"]}', ['"real"']],
  ])('of %j in %j', (pointer, text, parts) => expect(partsOf(pointer, text)).toEqual(parts));

  it.each([
    ['an empty list', '', '[]'],
    ['an object', '', '{"0":1}'],
    ['no list there', '/items', '{"items":{"0":1}}'],
    ['nothing there', '/items', '[]'],
    ['a list within a list', '/0/items', '[{"items":[1]}]'],
    ['no JSON', '', '[1,'],
    ['a name of every object', '/constructor', '{}'],
  ])('finds none in %s', (_case, pointer, text) => expect(split(pointer, text)).toBeUndefined());

  it('leaves more events than the bound, or a frame too large to repeat, undivided', () => {
    const list = (count: number) => `[${Array.from({ length: count }, () => '"e"').join(',')}]`;
    expect(split('', list(MAX_EVENTS_PER_BODY))?.kind).toBe('parts');
    expect(split('', list(MAX_EVENTS_PER_BODY + 1))).toEqual({ kind: 'undivided', first: 'e' });
    expect(split('/e', `{"pad":"${'x'.repeat(70_000)}","e":[1,2]}`)).toEqual({ kind: 'undivided', first: 1 });
  });

  it('gives for any list the elements that JSON.parse sees, and with the frame each is a body of one', () => {
    const body = fc.record({
      before: fc.jsonValue(),
      list: fc.array(fc.jsonValue(), { minLength: 1 }),
      after: fc.jsonValue(),
    });
    fc.assert(
      fc.property(body, fc.constantFrom(0, 1, 2), (value, indent) => {
        const text = Buffer.from(JSON.stringify(value, null, indent));
        const found = splitBody('/list', text, JSON.parse(text.toString()));
        if (found?.kind !== 'parts') throw new Error('not divided');
        const read = JSON.parse(JSON.stringify(value)) as typeof value;
        for (const [n, { offset, length, listStart, listEnd }] of found.parts.entries()) {
          const alone = [text.subarray(0, listStart), text.subarray(offset, offset + length), text.subarray(listEnd)];
          expect(JSON.parse(Buffer.concat(alone).toString())).toEqual({ ...read, list: [read.list[n]] });
        }
        expect(found.parts).toHaveLength(value.list.length);
      }),
    );
  });
});
