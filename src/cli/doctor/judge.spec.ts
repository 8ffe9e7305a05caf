import { describe, expect, it } from '@jest/globals';
import { judgeClock, judgeConnections, judgeDisk, judgePooling, judgeSecrets, judgeVersion } from './judge.js';

describe('what doctor makes of what it sees', () => {
  it.each([
    [130_014, 'failed'],
    [140_000, 'ok'],
    [180_001, 'ok'],
    [190_000, 'warning'],
  ])('PostgreSQL %s: %s', (version, verdict) => expect(judgeVersion(version).verdict).toBe(verdict));

  it.each([
    [0, 'ok'],
    [-999, 'ok'],
    [1_500, 'warning'],
    [-31_000, 'failed'],
  ])('a clock %s ms ahead: %s', (ahead, verdict) => expect(judgeClock(ahead).verdict).toBe(verdict));

  it('needs 200 MiB of disk, and warns below 2 GiB', () => {
    const verdicts = [100 * 1024 ** 2, 1024 ** 3, 3 * 1024 ** 3].map((free) => judgeDisk('/data', free).verdict);
    expect(verdicts).toEqual(['failed', 'warning', 'ok']);
  });

  it('leaves three connections to superusers', () => {
    expect([judgeConnections(30, 32).verdict, judgeConnections(30, 33).verdict]).toEqual(['failed', 'ok']);
  });

  it('refuses pooling by transaction, and says what to set', () => {
    expect(judgePooling(false)).toMatchObject({
      verdict: 'failed',
      cure: expect.stringContaining('session'),
    });
  });

  it('is worse for a source without any good secret than for one whose secret ends soon', () => {
    const now = new Date('2026-11-22T00:00:00Z');
    const ending = [{ of: 'source stripe', notAfter: new Date('2026-11-30T00:00:00Z') }];
    expect(judgeSecrets(['source shopify'], ending, now).verdict).toBe('failed');
    expect(judgeSecrets([], ending, now)).toMatchObject({
      verdict: 'warning',
      says: expect.stringContaining('2026-11-30'),
    });
    expect(judgeSecrets([], [{ of: 'x', notAfter: new Date('2027-11-30T00:00:00Z') }], now).verdict).toBe('ok');
  });
});
