import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { GroupCommit } from './group-commit.js';

/** Writes that end when they are told to. */
function held() {
  const writes: { readonly items: readonly string[]; readonly succeed: () => void }[] = [];
  const commits = new GroupCommit<string, string>({
    write: (items) =>
      new Promise((resolve) => {
        writes.push({ items, succeed: () => resolve(items.map((item) => `${item}!`)) });
      }),
    maxInFlight: 2,
    maxItems: 10,
    maxBytes: 100,
    sizeOf: (item) => item.length,
    gathersTurn: true,
  });
  return { commits, writes };
}

describe('GroupCommit that gathers a turn', () => {
  it('takes all that came in one turn of the event loop into one statement', async () => {
    const { commits, writes } = held();
    const answers = ['a', 'b'].map((item) => commits.add(item));
    await Promise.resolve();
    expect(writes).toEqual([]);
    await setImmediate();
    expect(writes.map(({ items }) => items)).toEqual([['a', 'b']]);
    answers.push(...['c', 'd'].map((item) => commits.add(item)));
    await setImmediate();
    expect(writes.map(({ items }) => items).slice(1)).toEqual([['c', 'd']]);
    for (const write of writes) write.succeed();
    expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!', 'd!']);
  });

  it('ends only when what it still gathers is written', async () => {
    const { commits, writes } = held();
    const answer = commits.add('a');
    let isOver = false;
    const drained = commits.drain().then(() => (isOver = true));
    await setImmediate();
    expect(isOver).toBe(false);
    writes[0]?.succeed();
    await drained;
    expect(await answer).toBe('a!');
  });
});
