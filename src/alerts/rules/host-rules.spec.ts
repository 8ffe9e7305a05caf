import { describe, expect, it } from '@jest/globals';
import { DEFAULT_ALERTS } from '../../config/alerts-schema.js';
import { certificateEnding } from './certificate-ending.js';
import { clockSkew } from './clock-skew.js';
import { diskFull } from './disk-full.js';
import { secretEnding } from './secret-ending.js';

const NOW = new Date('2026-03-10T12:00:00Z');
const judging = { now: NOW, settings: DEFAULT_ALERTS };
const inDays = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

describe('what wears out', () => {
  it('is a disk with less than a tenth left, unless that is plenty', () => {
    const seen = (freeBytes: number, totalBytes: number): number =>
      diskFull.observe({ host: 'a', path: '/data', freeBytes, totalBytes }, judging).length;
    expect([seen(9, 100), seen(10, 100), seen(50e9, 1e12), seen(5e9, 1e12)]).toEqual([1, 0, 0, 1]);
  });

  it('is a clock that is surely half a minute off, ahead or behind', () => {
    const seen = (aheadMs: number, uncertainMs = 5): string[] =>
      clockSkew.observe({ host: 'a', aheadMs, uncertainMs }, judging).map(({ summary }) => summary);
    expect([seen(29_000), seen(-30_004), seen(33_000, 4_000)]).toEqual([[], [], []]);
    expect(seen(40_000)).toEqual([expect.stringContaining('40 s ahead of')]);
    expect(seen(-40_000)).toEqual([expect.stringContaining('40 s behind')]);
  });

  it('is a certificate that ends within a month; one that has ended is critical', () => {
    const seen = (days: number): string[] =>
      certificateEnding
        .observe([{ destination: 'billing', endsAt: inDays(days) }], judging)
        .map(({ severity }) => severity);
    expect([seen(31), seen(29), seen(-1)]).toEqual([[], ['warning'], ['critical']]);
  });

  it('is a secret that its sender needs; when none is left it is critical', () => {
    const secret = (days: number | undefined) => ({
      fingerprint: 'ab',
      label: 'old',
      notAfter: days === undefined ? undefined : inDays(days),
      lastMatchedAt: inDays(-1),
    });
    const seen = (...secrets: ReturnType<typeof secret>[]): string[] =>
      secretEnding.observe([{ source: 'stripe', secrets }], judging).map(({ severity }) => severity);
    expect([seen(secret(15)), seen(secret(undefined)), seen(secret(13)), seen(secret(-1))]).toEqual([
      [],
      [],
      ['warning'],
      ['critical'],
    ]);
    expect(seen(secret(-1), secret(undefined))).toEqual([]);
  });
});
