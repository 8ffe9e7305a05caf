import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GatheredBytes } from './gathered-bytes.js';

describe('GatheredBytes', () => {
  it('does not copy what comes in one piece', () => {
    const gathered = new GatheredBytes(() => true);
    // Memory of its own: small buffers share theirs.
    const piece = Buffer.alloc(5, 'whole');
    gathered.append(piece);
    expect(gathered.join().buffer).toBe(piece.buffer);
    expect(piece.toString()).toBe('whole');
  });

  it('leaves what the pieces are only a part of as it was', () => {
    const slab = Buffer.from('firstREST');
    const gathered = new GatheredBytes(() => true);
    gathered.append(slab.subarray(0, 5));
    gathered.append(Buffer.from('!!'));
    gathered.append(Buffer.from('?'));
    expect(gathered.join().toString()).toBe('first!!?');
    expect(slab.toString()).toBe('firstREST');
  });

  it('asks for no more than twice what came in, however small the pieces', () => {
    let granted = 0;
    const gathered = new GatheredBytes((bytes) => (granted += bytes) > 0);
    for (let byte = 0; byte < 100_000; byte += 1) gathered.append(Buffer.from([byte & 0xff]));
    expect(granted).toBeLessThanOrEqual(200_000);
    const whole = gathered.join();
    expect(whole).toHaveLength(100_000);
    expect(whole.every((byte, index) => byte === (index & 0xff))).toBe(true);
  });

  it('asks for no more than twice what came in when small and large pieces take turns', () => {
    let granted = 0;
    const gathered = new GatheredBytes((bytes) => (granted += bytes) > 0);
    for (let turn = 0; turn < 20; turn += 1) {
      gathered.append(Buffer.alloc(1));
      gathered.append(Buffer.alloc(100_000));
    }
    expect(granted).toBeLessThanOrEqual(2 * 20 * 100_001);
    expect(gathered.join()).toHaveLength(20 * 100_001);
  });

  it('takes nothing that was not granted', () => {
    const gathered = new GatheredBytes((bytes) => bytes <= 10);
    expect(gathered.append(Buffer.from('granted'))).toBe(true);
    expect(gathered.append(Buffer.from('a block would have to be made'))).toBe(false);
    expect(gathered.join().toString()).toBe('granted');
  });

  it('lets a piece go as soon as it is copied, and all of them when they are discarded', () => {
    const [first, second] = [Buffer.alloc(5_000), Buffer.alloc(6_000)];
    const joined = new GatheredBytes(() => true);
    joined.append(first);
    joined.append(second);
    expect(joined.join()).toHaveLength(11_000);
    expect([first.length, second.length]).toEqual([0, 0]);
    const only = Buffer.alloc(5_000);
    const discarded = new GatheredBytes(() => true);
    discarded.append(only);
    discarded.discard();
    expect(only).toHaveLength(0);
  });

  it('gives back the pieces one after the other', () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.uint8Array({ minLength: 4_000, maxLength: 9_000 }));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const gathered = new GatheredBytes(() => true);
        const whole = Buffer.concat(pieces);
        for (const one of pieces) gathered.append(Buffer.from(one));
        expect(gathered.join().equals(whole)).toBe(true);
      }),
    );
  });
});
