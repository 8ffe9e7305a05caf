import { describe, expect, it } from '@jest/globals';
import { retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['007', 7_000],
    ['1000000000', 1e12],
    ['99999999999999999999', 1e23],
    ['1e9', 1e12],
    ['1e999', Infinity],
    ['0.65', 650],
    ['1.0001', 1_001],
    ['+5', 5_000],
    ['-5', 0],
    ['-1e9', 0],
  ])('reads %j as seconds', (value, ms) => {
    const read = retryAfterMs(value, NOW);
    if (ms > 1e15) expect(read).toBeGreaterThan(1e15);
    else expect(read).toBe(ms);
  });

  it.each([
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['Sun Mar  1 12:00:30 2026', 30_000],
    ['Sun, 01 Mar 2026 11:59:00 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('reads the date %j, in universal time', (value, ms) => {
    expect(retryAfterMs(value, NOW)).toBe(ms);
  });

  it.each([
    undefined,
    '',
    '  ',
    '1e',
    '1.',
    '--5',
    '1_000',
    '0x10',
    '5s',
    'soon',
    'try 5',
    'May 5',
    'Sun, 99 Mar 2026 12:00:30 GMT',
    'Sun, 01 Mar 2026 12:00:30',
    '2026-03-01T12:00:30Z',
    '1, 2',
    'NaN',
    'Infinity',
  ])('makes nothing of %j', (value) => {
    expect(retryAfterMs(value, NOW)).toBeUndefined();
  });

  it('reads the first of several', () => {
    expect(retryAfterMs(['3', '9'], NOW)).toBe(3_000);
    expect(retryAfterMs([], NOW)).toBeUndefined();
  });
});
