import { describe, expect, it } from '@jest/globals';
import { allEnded, endingSecrets, type SecretState } from './secret-ends.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const days = (n: number): Date => new Date(NOW.getTime() + n * 86_400_000);
const secret = (fingerprint: string, endsIn?: number, usedAgo?: number): SecretState => ({
  fingerprint,
  label: undefined,
  notAfter: endsIn === undefined ? undefined : days(endsIn),
  lastMatchedAt: usedAgo === undefined ? undefined : days(-usedAgo),
});
const ending = (...secrets: SecretState[]) =>
  endingSecrets(secrets, NOW).map(({ fingerprint, isLast }) => [fingerprint, isLast]);

describe('a secret that ends soon', () => {
  it('is told of when its sender still uses it, although another is there', () => {
    expect(ending(secret('old', 10, 0), secret('new', undefined, 0))).toEqual([['old', false]]);
  });

  it('is told of as the last one when the sender uses no other', () => {
    expect(ending(secret('old', 10, 1), secret('new'))).toEqual([['old', true]]);
    expect(ending(secret('old', 10, 1), secret('new', undefined, 30))).toEqual([['old', true]]);
  });

  it('is told of when it is the last there is, used or not', () => {
    expect(ending(secret('only', 10))).toEqual([['only', true]]);
    expect(ending(secret('a', 3), secret('b', 10))).toEqual([['b', true]]);
  });

  it('is nobody’s business when the sender has gone over to another', () => {
    expect(ending(secret('old', 10, 30), secret('new', undefined, 0))).toEqual([]);
    expect(ending(secret('old', 10), secret('new'))).toEqual([]);
  });

  it('is told of two weeks ahead and not before, and not once it has ended', () => {
    expect([ending(secret('a', 14, 0)).length, ending(secret('a', 14.01, 0)).length]).toEqual([1, 0]);
    expect(ending(secret('a', -1, 0), secret('b', undefined, 0))).toEqual([]);
  });
});

describe('a source', () => {
  it('refuses everything when all its secrets have ended', () => {
    expect(allEnded([secret('a', -1), secret('b', -2)], NOW)).toBe(true);
    expect(allEnded([secret('a', -1), secret('b')], NOW)).toBe(false);
    expect(allEnded([], NOW)).toBe(false);
  });
});
