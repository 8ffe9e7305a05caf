import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ParsedYaml, parseYaml } from './parse-yaml.js';

const problems = (text: string) => {
  const parsed = parseYaml(text);
  return 'value' in parsed ? [] : parsed;
};

function parsed(text: string): ParsedYaml {
  const result = parseYaml(text);
  if (!('value' in result)) throw new Error(JSON.stringify(result));
  return result;
}

describe('the YAML of the file', () => {
  it('is version 1.2: no, on and 010 are no booleans and no octal number', () => {
    expect(parsed('a: no\nb: on\nc: 010\nd: 2020-01-01').value).toEqual({ a: 'no', b: 'on', c: 10, d: '2020-01-01' });
  });

  it('may start with a byte order mark and use anchors', () => {
    expect(parsed('\ufeffa: &x [1]\nb: *x').value).toEqual({ a: [1], b: [1] });
  });

  it.each([
    ['a key that is there twice', 'a: 1\nb: 2\na: 3', 3, 'keep one of them'],
    ['a tab', 'a:\n\t- b', 2, 'use spaces'],
    ['an unquoted *', 'a: 1\ntypes: [*]', 2, 'put it in quotes'],
    ['an unquoted *.x', 'a: 1\n\ntypes: [*.created]', 3, 'put it in quotes'],
    ['an unquoted reference inside { }', 'x: { t: ${T} }', 1, 'in quotes'],
    ['a missing quote', 'a: "abc', 1, 'lacks a closing quote'],
    ['two documents', 'a: 1\n---\nb: 2', 2, 'second document'],
    ['a tag', 'a: !!js/function x', 1, 'take it out'],
    ['a key that is no text', '[1]: 2', 1, 'put it in quotes'],
    ['YAML 1.1', '%YAML 1.1\n---\na: yes', 1, '1.2 only'],
  ])('refuses %s, with its line', (_, text, line, message) => {
    expect(problems(text)).toEqual([{ line, message: expect.stringContaining(message) }]);
  });

  it('survives aliases that multiply', () => {
    const level = (name: string, below: string) => `${name}: &${name} [${Array(9).fill(`*${below}`).join(',')}]`;
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', level('b', 'a'), level('c', 'b'), level('d', 'c'), level('e', 'd')];
    expect(problems(bomb.join('\n'))).toHaveLength(1);
  });

  it('survives nesting without end', () => {
    expect(problems('['.repeat(50_000)).length).toBeGreaterThan(0);
  });

  it('knows the line of a path, or of the deepest part that exists', () => {
    const { lineOf } = parsed('version: 1\nlist:\n  - a: 1\n    b:\n      - x\n  - &anchor { c: 2 }\n  - *anchor\n');
    expect(lineOf(['list'])).toBe(2);
    expect(lineOf(['list', 0, 'b', 0])).toBe(5);
    expect(lineOf(['list', 0, 'missing'])).toBe(3);
    expect(lineOf(['list', 2, 'c'])).toBe(6);
    expect(lineOf(['nothing'])).toBeUndefined();
  });

  it('never throws, and never quotes the text', () => {
    const part = fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '\t',
      '-',
      '*',
      '&',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '!',
      '|',
      'CANARY',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        expect(JSON.stringify(problems(parts.join('')))).not.toContain('CANARY');
      }),
      { numRuns: 1_000 },
    );
  });
});
