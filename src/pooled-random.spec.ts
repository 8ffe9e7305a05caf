import { expect, it } from '@jest/globals';
import { pooledRandom } from './pooled-random.js';

it('gives no bytes twice, over many refills of its pool', () => {
  const drawn = Array.from({ length: 2_000 }, (_, n) => pooledRandom(16 + (n % 3)).toString('hex'));
  expect(new Set(drawn).size).toBe(drawn.length);
  expect(drawn.map(({ length }) => length / 2)).toEqual(drawn.map((_, n) => 16 + (n % 3)));
});
