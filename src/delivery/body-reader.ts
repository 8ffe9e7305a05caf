import type { BodyReference, BodyStore } from '../events/body.store.js';
import type { Destination } from '../routing/topology.js';

const CHUNK_BYTES = 1024 * 1024;

/** Which bytes go to a destination: one event of a list by itself, except where the receiver expects what its sender sends. */
export function bytesFor(destination: Destination, { list, ...own }: BodyReference): BodyReference {
  return list && destination.kind === 'http' && destination.payload === 'raw' ? { ...own, list } : own;
}

/**
 * Reads the bodies of a batch in order, about a megabyte at a time, so that a batch of large bodies never lies in memory whole.
 * A body is handed out once and then forgotten.
 */
export class BodyReader {
  private readonly chunks = new Map<number, Promise<Map<number, Buffer | undefined>>>();
  private readonly chunkOf: number[] = [];

  constructor(
    private readonly bodies: BodyStore,
    private readonly references: readonly BodyReference[],
  ) {
    let start = 0;
    let bytes = 0;
    for (const [index, { length }] of references.entries()) {
      if (index > start && bytes + length > CHUNK_BYTES) {
        start = index;
        bytes = 0;
      }
      bytes += length;
      this.chunkOf.push(start);
    }
  }

  /** The bytes of the batch's delivery at `index`; `undefined` when they are no longer stored. Rejects when they cannot be read. */
  async read(index: number): Promise<Buffer | undefined> {
    const start = this.chunkOf[index] as number;
    let chunk = this.chunks.get(start);
    if (!chunk) {
      chunk = this.load(start);
      this.chunks.set(start, chunk);
    }
    const bodies = await chunk;
    const bytes = bodies.get(index);
    bodies.delete(index);
    return bytes;
  }

  private async load(start: number): Promise<Map<number, Buffer | undefined>> {
    const own = this.references.filter((_, index) => this.chunkOf[index] === start);
    const bodies = await this.bodies.readBodies(own);
    return new Map(bodies.map((bytes, offset) => [start + offset, bytes]));
  }
}
