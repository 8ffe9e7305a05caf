import { describe, expect, it } from '@jest/globals';
import { GroupCommit } from './group-commit.js';

/** Lets promises that are ready run. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

/** Writes that end when they are told to; an item locks what its first letter names. */
function held() {
  const writes: { readonly items: readonly string[]; readonly succeed: () => void }[] = [];
  const commits = new GroupCommit<string, string>({
    write: (items) =>
      new Promise((resolve) => {
        writes.push({ items, succeed: () => resolve(items.map((item) => `${item}!`)) });
      }),
    maxInFlight: 2,
    maxItems: 3,
    maxBytes: 100,
    sizeOf: (item) => item.length,
    lockOf: (item) => item.charAt(0),
  });
  return { commits, writes };
}

describe('GroupCommit, of items that lock something', () => {
  it('keeps what locks the same row out of two statements at once, and lets others past it', async () => {
    const { commits, writes } = held();
    const answers = ['a1', 'a2', 'b1', 'a3', 'b2', 'a4', 'a5'].map((item) => commits.add(item));
    expect(writes.map(({ items }) => items)).toEqual([['a1'], ['b1']]);
    writes[1]?.succeed();
    await settled();
    expect(writes.map(({ items }) => items)).toEqual([['a1'], ['b1'], ['b2']]);
    writes[0]?.succeed();
    await settled();
    expect(writes.at(-1)?.items).toEqual(['a2', 'a3', 'a4']);
    // The next of the batch waits for that statement, though another may be under way.
    writes[2]?.succeed();
    await settled();
    expect(writes).toHaveLength(4);
    writes[3]?.succeed();
    await settled();
    writes[4]?.succeed();
    expect(await Promise.all(answers)).toEqual(['a1!', 'a2!', 'b1!', 'a3!', 'b2!', 'a4!', 'a5!']);
  });

  it('answers everybody when items share locks, and is idle in the end', async () => {
    const statements: string[] = [];
    const commits = new GroupCommit<string, string>({
      write: (written) => {
        statements.push(...written);
        return Promise.resolve(written.map((item) => `${item}!`));
      },
      maxInFlight: 2,
      maxItems: 100,
      maxBytes: 10_000,
      sizeOf: (item) => item.length,
      lockOf: (item) => item.charAt(0),
    });
    const items = Array.from({ length: 60 }, (_, n) => `${'abc'[n % 3]}${n}`);
    expect(await Promise.all(items.map((item) => commits.add(item)))).toEqual(items.map((item) => `${item}!`));
    await commits.drain();
    expect(statements.toSorted()).toEqual(items.toSorted());
  });
});
