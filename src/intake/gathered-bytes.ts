/**
 * Bytes that come in pieces, in one buffer that doubles when it is full. A list of pieces would cost a hundred bytes for each,
 * which a hostile sender can make a single byte long; so no more than twice what came in is ever held.
 */
export class GatheredBytes {
  private held: Buffer = Buffer.alloc(0);
  private length = 0;

  append(piece: Buffer): void {
    const length = this.length + piece.length;
    if (this.length === 0) {
      // Most bodies come in one piece, which is not copied.
      this.held = piece;
    } else {
      if (length > this.held.length) this.held = Buffer.concat([this.bytes], Math.max(length, 2 * this.held.length));
      piece.copy(this.held, this.length);
    }
    this.length = length;
  }

  /** What came in so far. */
  get bytes(): Buffer {
    return this.held.subarray(0, this.length);
  }
}
