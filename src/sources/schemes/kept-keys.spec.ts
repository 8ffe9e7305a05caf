import { createSecretKey } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { keptKeys } from './kept-keys.js';

describe('keptKeys', () => {
  const make = () => jest.fn((secret: string) => (secret === '' ? undefined : createSecretKey(Buffer.from(secret))));

  it('makes a key once per secret, also when there is none', () => {
    const keyOf = make();
    const kept = keptKeys(keyOf);
    for (const secret of ['a', 'b', 'a', '', '']) expect(kept(secret)?.export().toString() ?? '').toBe(secret);
    expect(keyOf.mock.calls).toEqual([['a'], ['b'], ['']]);
  });

  it('does not grow without end, and is right all the same', () => {
    const keyOf = make();
    const kept = keptKeys(keyOf);
    for (let n = 0; n < 1_001; n++) kept(`s${n}`);
    expect(kept('s0')?.export().toString()).toBe('s0');
    expect(keyOf).toHaveBeenCalledTimes(1_002);
  });
});
