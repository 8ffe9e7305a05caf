import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GatheredBytes } from './gathered-bytes.js';

describe('GatheredBytes', () => {
  it('does not copy what comes in one piece', () => {
    const gathered = new GatheredBytes();
    // Memory of its own: small buffers share theirs.
    const piece = Buffer.alloc(5, 'whole');
    gathered.append(piece);
    expect(gathered.bytes.buffer).toBe(piece.buffer);
    expect(gathered.bytes.equals(piece)).toBe(true);
  });

  it('leaves the pieces as they were', () => {
    const slab = Buffer.from('firstREST');
    const gathered = new GatheredBytes();
    gathered.append(slab.subarray(0, 5));
    gathered.append(Buffer.from('!!'));
    gathered.append(Buffer.from('?'));
    expect(gathered.bytes.toString()).toBe('first!!?');
    expect(slab.toString()).toBe('firstREST');
  });

  it('holds no more than twice what came in, however small the pieces', () => {
    const gathered = new GatheredBytes();
    for (let byte = 0; byte < 100_000; byte += 1) gathered.append(Buffer.from([byte & 0xff]));
    expect(gathered.bytes).toHaveLength(100_000);
    expect(gathered.bytes.buffer.byteLength).toBeLessThanOrEqual(200_000);
    expect(gathered.bytes.every((byte, index) => byte === (index & 0xff))).toBe(true);
  });

  it('gives back the pieces one after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (pieces) => {
        const gathered = new GatheredBytes();
        for (const piece of pieces) gathered.append(Buffer.from(piece));
        expect(gathered.bytes.equals(Buffer.concat(pieces))).toBe(true);
      }),
    );
  });
});
