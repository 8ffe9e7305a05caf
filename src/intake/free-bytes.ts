/**
 * Gives the memory of bytes that nobody reads any more back at once. A collector looks at what it manages, not at the bytes
 * outside: under a flood of bodies those would pile up between its runs. What is part of a larger buffer is left alone.
 */
export function freeBytes({ buffer, byteOffset, byteLength }: Buffer): void {
  if (byteOffset === 0 && byteLength > 0 && buffer.byteLength === byteLength && buffer instanceof ArrayBuffer) {
    buffer.transfer(0);
  }
}
