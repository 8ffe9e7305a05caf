import { describe, expect, it } from '@jest/globals';
import { Refusal } from './from-text.js';
import { parseRate, rateSchema } from './rate.js';

describe('a rate', () => {
  it.each([
    ['50/s', 50],
    ['30/m', 0.5],
    ['3600/h', 1],
  ])('%j is %d per second', (text, perSecond) => {
    expect(parseRate(text)).toBe(perSecond);
  });

  it.each(['', '50', '/s', '1.5/s', '-1/s', '50/d', '50 per second', '0/s'])('%j is refused', (text) => {
    expect(parseRate(text)).toBeInstanceOf(Refusal);
  });

  it('asks for a unit when a bare number is written', () => {
    expect(rateSchema.safeParse(50).error?.issues[0]?.message).toContain('has no unit; write');
  });
});
