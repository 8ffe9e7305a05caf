import { freeBytes } from './free-bytes.js';

/** A piece at least as large is kept as it came; what costs a hundred bytes beside its own is small against it. */
const KEPT_FROM_BYTES = 4 * 1024;
const BLOCK_BYTES = { least: 4 * 1024, most: 64 * 1024 };

/**
 * Bytes that come in pieces. Large pieces are kept as they came, small ones, which a hostile sender can make a single byte
 * long, are packed into blocks; so hardly more than what came in is held, and every byte of it has been granted before.
 */
export class GatheredBytes {
  private readonly pieces: Buffer[] = [];
  private length = 0;
  /** The block at the end that is not full yet, and how much of it is filled. */
  private block: Buffer | undefined;
  private filled = 0;

  /** `grant`: asked for bytes before they are held; false when there are none. */
  constructor(private readonly grant: (bytes: number) => boolean) {}

  /** Takes a piece, which belongs to this from now on; false when nothing was granted for it, and it is not taken. */
  append(piece: Buffer): boolean {
    const room = this.block ? this.block.length - this.filled : 0;
    if (piece.length > room && !this.makeRoom(piece)) return false;
    if (this.block) this.filled += piece.copy(this.block, this.filled);
    this.length += piece.length;
    return true;
  }

  /** All that came in, as one; nothing may be appended afterwards. Each piece is let go as soon as it is copied. */
  join(): Buffer {
    this.closeBlock();
    // Most bodies come in one piece, which is not copied.
    if (this.pieces.length === 1) return this.pieces[0] as Buffer;
    const whole = Buffer.allocUnsafeSlow(this.length);
    let at = 0;
    for (const piece of this.pieces) {
      at += piece.copy(whole, at);
      freeBytes(piece);
    }
    return whole;
  }

  /** Lets go of everything. */
  discard(): void {
    if (this.block) freeBytes(this.block);
    for (const piece of this.pieces) freeBytes(piece);
    this.pieces.length = 0;
    this.block = undefined;
  }

  /** Either keeps the piece as it is, or makes a block for it and those that follow. */
  private makeRoom(piece: Buffer): boolean {
    const keeps = this.pieces.length === 0 || piece.length >= KEPT_FROM_BYTES;
    const size = keeps ? piece.length : Math.min(Math.max(this.length, BLOCK_BYTES.least), BLOCK_BYTES.most);
    if (!this.grant(size)) return false;
    this.closeBlock();
    if (keeps) this.pieces.push(piece);
    else this.block = Buffer.allocUnsafeSlow(size);
    return true;
  }

  private closeBlock(): void {
    if (!this.block) return;
    this.pieces.push(this.block.subarray(0, this.filled));
    this.block = undefined;
    this.filled = 0;
  }
}
