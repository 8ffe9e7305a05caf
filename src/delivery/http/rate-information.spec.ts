import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rateInformation } from './rate-information.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const read = (headers: Record<string, string | string[]>) => rateInformation(headers, NOW);

describe('rateInformation', () => {
  it.each<[string, Record<string, string | string[]>, [number | undefined, number, number]]>([
    ['the draft', { ratelimit: '"default";r=50;t=30' }, [undefined, 50, 30_000]],
    ['the draft with its policy', { ratelimit: '"a";r=5;t=3', 'ratelimit-policy': '"a";q=100;w=60' }, [100, 5, 3_000]],
    [
      'the tightest of several limits',
      { ratelimit: '"burst";r=9;t=1, "day";r=3;t=60', 'ratelimit-policy': '"burst";q=10;w=1, "day";q=1000;w=86400' },
      [1_000, 3, 60_000],
    ],
    ['the draft before it', { ratelimit: 'limit=100, remaining=50, reset=5' }, [100, 50, 5_000]],
    [
      'three fields',
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '7', 'ratelimit-reset': '12' },
      [100, 7, 12_000],
    ],
    [
      'X- fields',
      { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' },
      [60, 0, 30_000],
    ],
    [
      'seconds since 1970',
      { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': String(NOW / 1_000 + 40) },
      [undefined, 1, 40_000],
    ],
    [
      'milliseconds since 1970',
      { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': String(NOW + 40_000) },
      [undefined, 1, 40_000],
    ],
    ['a date', { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '2026-03-01T12:00:40Z' }, [undefined, 1, 40_000]],
    [
      'a distance with a fraction',
      { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset-after': '0.65' },
      [undefined, 1, 650],
    ],
    ['another spelling', { 'x-rate-limit-remaining': '4', 'x-rate-limit-reset': '9' }, [undefined, 4, 9_000]],
    [
      'repeated fields',
      { 'x-ratelimit-limit': ['60', '99'], 'x-ratelimit-remaining': '2', 'x-ratelimit-reset': '3' },
      [60, 2, 3_000],
    ],
    [
      'a day, believed for five minutes',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '86400' },
      [undefined, 0, 300_000],
    ],
    ['a lie, believed for five minutes', { ratelimit: '"x";r=0;t=999999999' }, [undefined, 0, 300_000]],
  ])('reads %s', (_what, headers, [limit, remaining, resetMs]) => {
    expect(read(headers)).toEqual({ limit, remaining, resetMs });
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['no window', { 'x-ratelimit-remaining': '5' }],
    ['no rest', { 'x-ratelimit-reset': '5', 'x-ratelimit-limit': '5' }],
    ['a window that is over', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1000000000' }],
    ['a window of nothing', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '0' }],
    ['a negative rest', { 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '5' }],
    ['words', { 'x-ratelimit-remaining': 'many', 'x-ratelimit-reset': 'soon' }],
    ['hexadecimal', { 'x-ratelimit-remaining': '0x5', 'x-ratelimit-reset': '5' }],
    ['garbage', { ratelimit: ';;==,,"' }],
    ['NaN', { 'x-ratelimit-remaining': 'NaN', 'x-ratelimit-reset': 'Infinity' }],
  ])('makes nothing of %s', (_what, headers) => {
    expect(read(headers)).toBeUndefined();
  });

  it('never throws, and never believes a window longer than five minutes or a number that no database holds', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.constant('"a";r=1;t=1e300'),
    );
    const names = ['ratelimit', 'ratelimit-policy', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
        const quota = read(headers);
        if (!quota) return;
        expect(quota.resetMs).toBeGreaterThan(0);
        expect(quota.resetMs).toBeLessThanOrEqual(300_000);
        for (const count of [quota.remaining, quota.limit ?? 1])
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
