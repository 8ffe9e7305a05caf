import { describe, expect, it } from '@jest/globals';
import type { BodyReference, BodyStore } from '../events/body.store.js';
import { BodyReader } from './body-reader.js';

const MIB = 1024 * 1024;

/** A store whose bodies hold their id; those in `gone` are no longer stored. */
class FakeStore {
  readonly reads: string[][] = [];
  gone = new Set<string>();
  failure: Error | undefined;

  readBodies(references: readonly BodyReference[]): Promise<(Buffer | undefined)[]> {
    this.reads.push(references.map(({ id }) => id));
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(references.map(({ id }) => (this.gone.has(id) ? undefined : Buffer.from(id))));
  }
}

function reader(
  lengths: readonly number[],
  store = new FakeStore(),
): { store: FakeStore; read: (index: number) => Promise<string | undefined> } {
  const references = lengths.map((length, index) => ({ day: '2026-03-01', id: `body-${index}`, offset: 0, length }));
  const bodies = new BodyReader(store as unknown as BodyStore, references);
  return { store, read: async (index) => (await bodies.read(index))?.toString() };
}

describe('BodyReader', () => {
  it('reads the small bodies of a batch in one query', async () => {
    const { store, read } = reader([100, 200, 300]);
    expect(await Promise.all([read(0), read(1), read(2)])).toEqual(['body-0', 'body-1', 'body-2']);
    expect(store.reads).toEqual([['body-0', 'body-1', 'body-2']]);
  });

  it('reads nothing before it is asked', () => {
    expect(reader([100]).store.reads).toEqual([]);
  });

  it('reads about a megabyte at a time', async () => {
    const { store, read } = reader([MIB / 2, MIB / 2, 1, MIB, 10]);
    for (const index of [0, 1, 2, 3, 4]) await read(index);
    expect(store.reads).toEqual([['body-0', 'body-1'], ['body-2'], ['body-3'], ['body-4']]);
  });

  it('reads a body larger than that by itself', async () => {
    const { store, read } = reader([10, 25 * MIB, 10, 10]);
    expect(await read(3)).toBe('body-3');
    expect(await read(1)).toBe('body-1');
    expect(store.reads).toEqual([['body-2', 'body-3'], ['body-1']]);
  });

  it('counts bodies without bytes too', async () => {
    const { store, read } = reader([0, 0]);
    expect(await read(1)).toBe('body-1');
    expect(store.reads).toHaveLength(1);
  });

  it('hands a body out once and then forgets it', async () => {
    const { read } = reader([10]);
    expect(await read(0)).toBe('body-0');
    expect(await read(0)).toBeUndefined();
  });

  it('has nothing for a body that is no longer stored, and the others all the same', async () => {
    const store = new FakeStore();
    store.gone.add('body-1');
    const { read } = reader([10, 10, 10], store);
    expect(await Promise.all([read(0), read(1), read(2)])).toEqual(['body-0', undefined, 'body-2']);
  });

  it('fails for each body of a chunk that cannot be read, with one query', async () => {
    const store = new FakeStore();
    store.failure = new Error('away');
    const { read } = reader([10, 10], store);
    await expect(read(0)).rejects.toThrow('away');
    await expect(read(1)).rejects.toThrow('away');
    expect(store.reads).toHaveLength(1);
  });
});
