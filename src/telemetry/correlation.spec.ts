import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { about, correlate, correlation } from './correlation.js';

const delivery = (n: number) => ({
  id: `0195a0a0-0000-7000-8000-00000000000${n}`,
  eventId: `0195a0a0-0000-7000-9000-00000000000${n}`,
});

describe('correlation', () => {
  it('says through every wait what each of several works is about, and nothing outside of them', async () => {
    const seen = await Promise.all(
      [1, 2, 3].map((n) =>
        correlate(delivery(n), async () => {
          const before = correlation();
          for (let turn = 0; turn < n; turn += 1) await nextTurn();
          return [before, correlation()];
        }),
      ),
    );
    expect(seen).toEqual([1, 2, 3].map((n) => [about(delivery(n)), about(delivery(n))]));
    expect(seen[0]?.[0]).toEqual({
      eventId: 'evt_0195a0a0000070009000000000000001',
      deliveryId: 'dlv_0195a0a0000070008000000000000001',
    });
    expect(correlation()).toEqual({});
  });
});
