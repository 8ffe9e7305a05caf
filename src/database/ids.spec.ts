import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId, publicId, storedId } from './ids.js';

describe('ids', () => {
  it('sort by the time they were made', () => {
    const ids = Array.from({ length: 1_000 }, newId);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are shown with what they name, and found again by it', () => {
    const id = newId();
    expect(publicId('evt', id)).toMatch(/^evt_[0-9a-f]{32}$/);
    expect(storedId('evt', publicId('evt', id))).toBe(id);
  });

  it.each([
    '',
    'evt_',
    'dlv_0195a0a0000070008000000000000001',
    'evt_0195a0a000007000800000000000000',
    'evt_0195a0a00000700080000000000000012',
    'evt_0195A0A0000070008000000000000001',
    'evt_0195a0a0-0000-7000-8000-000000000001',
    ' evt_0195a0a0000070008000000000000001',
    'evt_0195a0a0000070008000000000000001\n',
    "evt_0195a0a000007000800000000000000'",
  ])('are not made of %j', (text) => {
    expect(storedId('evt', text)).toBeUndefined();
  });

  it('have one public form each', () => {
    fc.assert(fc.property(fc.uuid(), (id) => expect(storedId('dlv', publicId('dlv', id))).toBe(id)));
  });
});
