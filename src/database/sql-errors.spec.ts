import { describe, expect, it } from '@jest/globals';
import { isPoison, isWorthRepeating, sqlState } from './sql-errors.js';

const from = (code: unknown) => ({ code, severity: 'ERROR' });

describe('sqlState', () => {
  it('is what Postgres said', () => {
    expect(sqlState(from('40P01'))).toBe('40P01');
  });

  it.each([[{ code: 'EPIPE' }], [from('ECONNRESET')], [from(40001)], [new Error('x')], [undefined], [null], ['40P01']])(
    'is undefined for %j',
    (error) => {
      expect(sqlState(error)).toBeUndefined();
    },
  );
});

describe('what an error asks for', () => {
  it.each([
    ['22021', true, false],
    ['23505', true, false],
    ['54000', true, false],
    ['40P01', false, true],
    ['40001', false, true],
    ['57P01', false, false],
    ['53300', false, false],
    ['08006', false, false],
    ['25P02', false, false],
  ])('%s: poison %j, worth repeating %j', (code, poison, again) => {
    expect([isPoison(from(code)), isWorthRepeating(from(code))]).toEqual([poison, again]);
  });
});
