import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Refusal } from './from-text.js';
import { interpolate } from './interpolate.js';
import { pathKey } from './problems-of.js';

const variables = new Map([
  ['A', 'apple'],
  ['EMPTY', ''],
  ['TRICKY', '${A} $& $1 "x": [y]\nz: 1'],
]);
const run = (tree: unknown) =>
  interpolate(tree, {
    variable: (name) => variables.get(name),
    file: (path) => (path === '/run/x' ? 'from file' : new Refusal('cannot be read (ENOENT)')),
  });
const messages = (tree: unknown) => run(tree).problems.map(({ message }) => message);

describe('references in the file', () => {
  it.each([
    ['${A}', 'apple'],
    ['x-${A}-${A}', 'x-apple-apple'],
    ['${NOPE:-default}', 'default'],
    ['${NOPE:-}', ''],
    ['${EMPTY:-default}', 'default'],
    ['${EMPTY}', ''],
    ['${A:-default}', 'apple'],
    ['${NOPE:-a:-b, c}', 'a:-b, c'],
    ['${file:/run/x}', 'from file'],
    ['$${A}', '${A}'],
    ['$A and $ {A}', '$A and $ {A}'],
  ])('%j becomes %j', (text, expected) => {
    expect(run({ key: [text] })).toMatchObject({ value: { key: [expected] }, problems: [] });
  });

  it('takes a value as it is: neither YAML nor another reference comes out of it', () => {
    expect(run(['${TRICKY}']).value).toEqual([variables.get('TRICKY')]);
  });

  it('leaves keys and what is no text alone', () => {
    const tree = { '${A}': 1, b: true, c: null, d: [1.5] };
    expect(run(tree)).toMatchObject({ value: tree, problems: [] });
  });

  it('names the variable that is not set', () => {
    expect(messages('${NOPE}')).toEqual([
      'needs the variable NOPE, which is not set; set it, or write "${NOPE:-default}"',
    ]);
  });

  it('does not repeat a name that could be the secret itself', () => {
    expect(messages('${whsec_abc}')).toEqual([
      'needs a variable, which is not set; set it, or write "${VAR:-default}"',
    ]);
  });

  it.each(['${', '${A', 'x ${}', '${a b}', '${1}', '${A:default}', '${NOPE:-${A}}', '${file:/nope}'])(
    'refuses %j',
    (text) => {
      expect(messages(text)).toHaveLength(1);
    },
  );

  it('reports every failing reference with its path', () => {
    expect(run({ a: ['${B}', { c: '${D} ${E}' }] }).problems.map(({ path }) => path)).toEqual([
      ['a', 0],
      ['a', 1, 'c'],
      ['a', 1, 'c'],
    ]);
  });

  it('says which values came from outside the file, and which are one variable and nothing else', () => {
    const { outside, oneVariable } = run(['${A}', 'x${A}', '${file:/run/x}', 'literal', '$${A}']);
    expect([...outside]).toEqual([pathKey([0]), pathKey([1]), pathKey([2])]);
    expect([...oneVariable]).toEqual([pathKey([0])]);
  });

  it('stops at a structure without end or out of proportion', () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(messages({ a: endless })).toEqual(['is nested too deeply or too large']);
  });

  it('refuses __proto__ and what only a YAML tag can make', () => {
    expect(messages(JSON.parse('{"__proto__": {"x": 1}}'))).toEqual(['has a key that is not allowed: __proto__']);
    expect(messages([Buffer.from('x')])).toEqual(['uses a YAML tag (!!…); take it out']);
  });

  it('never throws, and no problem holds a value', () => {
    const text = fc.array(fc.constantFrom('$', '{', '}', 'A', 'NOPE', ':-', 'file:', '/x', ' '), { maxLength: 12 });
    fc.assert(
      fc.property(text, (parts) => {
        const { value, problems } = run(parts.join(''));
        expect(typeof value).toBe('string');
        expect(problems.filter(({ message }) => message.includes('apple'))).toEqual([]);
      }),
    );
  });
});
