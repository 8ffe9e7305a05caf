import { describe, expect, it } from '@jest/globals';
import { scalarsOf } from './scalars.js';

const FORM = 'application/x-www-form-urlencoded; charset=UTF-8';
const namesOf = (body: string, contentType?: string) =>
  scalarsOf(body, contentType).map(({ key, value, isNumber }) => [key, value, isNumber]);

describe('scalarsOf', () => {
  const pretty = '{\n  "id" : 704912205188288575,\n  "a\\"b": ["x:y", -1.5e3, true, null, {"c": ""}]\n}';

  it('finds the texts and numbers of JSON as they are written', () => {
    expect(namesOf(pretty)).toEqual([
      ['id', '704912205188288575', true],
      ['a"b', 'x:y', false],
      ['a"b', '-1.5e3', true],
      ['c', '', false],
    ]);
  });

  it('changes one and no other byte', () => {
    const [id, text] = scalarsOf(pretty, 'application/json');
    expect(id?.replaced('7')).toBe(pretty.replace('704912205188288575', '7'));
    expect(text?.replaced('"ü\\')).toBe(pretty.replace('"x:y"', String.raw`"\"ü\\"`));
  });

  it('reads forms, and JSON within them', () => {
    const body = 'a=1+2&payload=%7B%22id%22%3A7%2C%22n%22%3A%22%26%22%7D&empty=';
    expect(namesOf(body, FORM)).toEqual([
      ['a', '1 2', false],
      ['id', '7', true],
      ['n', '&', false],
    ]);
    const changed = scalarsOf(body, FORM)[1]?.replaced('8') ?? '';
    expect(new URLSearchParams(changed).get('payload')).toBe('{"id":8,"n":"&"}');
    expect(changed.startsWith('a=1+2&payload=')).toBe(true);
  });

  it('finds nothing in what is neither', () => expect(namesOf('{"id": 7')).toEqual([]));
});
