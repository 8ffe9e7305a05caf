import { describe, expect, it } from '@jest/globals';
import { deliveryConditions, eventConditions, likePattern, SqlValues } from './replay-filter.js';

describe('the conditions of a bulk replay', () => {
  it('hold no value of the filter: every one is a parameter', () => {
    const evil = `'; DROP TABLE x; --`;
    const values = new SqlValues();
    const filter = {
      source: evil,
      sourceType: evil,
      type: [evil, `${evil}*`],
      destination: evil,
      status: evil,
      errorClass: evil,
      deadReason: evil,
      from: evil,
      to: evil,
    };
    const conditions = [...eventConditions(filter, values), ...deliveryConditions(filter, values)];
    expect(conditions.join(' ')).not.toContain('DROP');
    expect(values.list).toHaveLength(10);
    for (let n = 1; n <= 10; n += 1) expect(conditions.join(' ')).toMatch(new RegExp(`\\$${n}\\b`));
  });

  it('are none where nothing is asked for', () => {
    expect([...eventConditions({}, new SqlValues()), ...deliveryConditions({}, new SqlValues())]).toEqual([]);
  });

  it.each([
    ['invoice.*', 'invoice.%'],
    ['*', '%'],
    ['a_b%*', String.raw`a\_b\%%`],
    [String.raw`a\*`, String.raw`a\\%`],
  ])('take the pattern %s as LIKE writes it: %s', (pattern, like) => {
    expect(likePattern(pattern)).toBe(like);
  });
});
