import { describe, expect, it } from '@jest/globals';
import { equals, statement, typeIs, whereAll } from './condition.js';

describe('statement', () => {
  it('numbers its parameters in the order they come, and holds no value in its text', () => {
    const { sql, values } = statement(
      (param) =>
        `SELECT 1 ${whereAll([...equals('a', "x'; DROP"), ...equals('b', undefined), ...equals('c', 2)], param)}`,
    );
    expect([sql, values]).toEqual(['SELECT 1 WHERE a = $1 AND c = $2', ["x'; DROP", 2]]);
  });
});

describe('typeIs', () => {
  const like = (pattern: string): unknown[] => [...statement((param) => whereAll(typeIs('t', pattern), param)).values];

  it('is exact without a star, and takes its wildcards for themselves', () => {
    expect(like('a_b%')).toEqual(['a_b%']);
    expect(statement((param) => whereAll(typeIs('t', 'a_b%'), param)).sql).toBe('WHERE t = $1');
  });

  it('makes a pattern of a star, in which nothing else is special', () => {
    expect(like('invoice.*')).toEqual(['invoice.%']);
    expect(like('*_100%\\**')).toEqual(['%\\_100\\%\\\\%']);
  });
});
