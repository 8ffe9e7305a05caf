import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GroupCommit, type GroupCommitOptions } from './group-commit.js';

const sqlError = (code: string) => Object.assign(new Error(`sql ${code}`), { code, severity: 'ERROR' });

/** Lets promises that are ready run. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

/** A write that ends when it is told to. */
interface Pending {
  readonly items: readonly string[];
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

function held(changes: Partial<GroupCommitOptions<string, string>> = {}) {
  const writes: Pending[] = [];
  const commits = new GroupCommit<string, string>({
    write: (items) =>
      new Promise((resolve, reject) => {
        writes.push({ items, succeed: () => resolve(items.map((item) => `${item}!`)), fail: reject });
      }),
    maxInFlight: 2,
    maxItems: 3,
    maxBytes: 100,
    sizeOf: (item) => item.length,
    ...changes,
  });
  return { commits, writes };
}

/** A database that takes everything but what `refuses` names an error for. */
function answering(
  refuses: (items: readonly string[]) => Error | undefined,
  changes: Partial<GroupCommitOptions<string, string>> = {},
) {
  const statements: (readonly string[])[] = [];
  const commits = new GroupCommit<string, string>({
    write: (items) => {
      statements.push(items);
      const error = refuses(items);
      return error ? Promise.reject(error) : Promise.resolve(items.map((item) => `${item}!`));
    },
    maxInFlight: 1,
    maxItems: 100,
    maxBytes: 10_000,
    sizeOf: (item) => item.length,
    ...changes,
  });
  return { commits, statements };
}

describe('GroupCommit', () => {
  it('writes a single item at once', async () => {
    const { commits, statements } = answering(() => undefined);
    expect(await commits.add('a')).toBe('a!');
    expect(statements).toEqual([['a']]);
  });

  it('gathers while as many statements as allowed are under way', async () => {
    const { commits, writes } = held();
    const answers = ['a', 'b', 'c', 'd', 'e', 'f'].map((item) => commits.add(item));
    expect(writes.map(({ items }) => items)).toEqual([['a'], ['b']]);
    writes[0]?.succeed();
    await settled();
    expect(writes.map(({ items }) => items)).toEqual([['a'], ['b'], ['c', 'd', 'e']]);
    for (const write of writes) write.succeed();
    await settled();
    writes.at(-1)?.succeed();
    expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!', 'd!', 'e!', 'f!']);
  });

  it('answers nobody before the statement is through', async () => {
    const { commits, writes } = held();
    let answered = false;
    void commits.add('a').then(() => (answered = true));
    await settled();
    expect(answered).toBe(false);
    writes[0]?.succeed();
    await settled();
    expect(answered).toBe(true);
  });

  it('bounds a statement in bytes, and sends what is larger alone', async () => {
    const { commits, writes } = held({ maxInFlight: 1, maxItems: 10, maxBytes: 10 });
    const all = ['first', 'aaaa', 'bbbb', 'cccc', 'x'.repeat(50), 'dd', 'y'.repeat(11), 'z'.repeat(11)].map((item) =>
      commits.add(item),
    );
    for (let write = 0; write < writes.length; write += 1) {
      writes[write]?.succeed();
      await settled();
    }
    await Promise.all(all);
    expect(writes.map(({ items }) => items.map(({ length }) => length))).toEqual([
      [5],
      [4, 4],
      [4],
      [50],
      [2],
      [11],
      [11],
    ]);
  });

  it('bounds a statement in rows, never divides an item, and sends one of more rows alone', async () => {
    const rows = ({ length }: string): number => length;
    const { commits, writes } = held({ maxInFlight: 1, maxItems: 5, maxBytes: 1000, weightOf: rows });
    const all = ['a', 'bbb', 'cc', 'dddddddd', 'e', 'ffff', 'g'].map((item) => commits.add(item));
    for (let write = 0; write < writes.length; write += 1) {
      writes[write]?.succeed();
      await settled();
    }
    await Promise.all(all);
    expect(writes.map(({ items }) => items)).toEqual([['a'], ['bbb', 'cc'], ['dddddddd'], ['e', 'ffff'], ['g']]);
  });

  it('finds the one item that the database refuses; its neighbours go through', async () => {
    const { commits, statements } = answering((items) => (items.includes('p') ? sqlError('22P05') : undefined));
    const answers = await Promise.allSettled(['0', 'a', 'b', 'p', 'c', 'd'].map((item) => commits.add(item)));
    expect(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : (answer.reason as Error).message)),
    ).toEqual(['0!', 'a!', 'b!', 'sql 22P05', 'c!', 'd!']);
    expect(statements.length).toBeLessThanOrEqual(8);
  });

  it.each(['22001', '22P02', '23502', '23514', '54000'])('counts %s as the item’s own fault', async (code) => {
    const { commits, statements } = answering(() => sqlError(code));
    await expect(commits.add('a')).rejects.toThrow(code);
    expect(statements).toHaveLength(1);
  });

  it('rejects all of a statement for what is nobody’s fault', async () => {
    const { commits, statements } = answering((items) => (items.length > 1 ? sqlError('57P01') : undefined));
    const answers = await Promise.allSettled(['0', 'a', 'b'].map((item) => commits.add(item)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(statements).toHaveLength(2);
  });

  it.each([
    ['a code of Node', Object.assign(new Error('x'), { code: 'EPIPE' })],
    ['no code', new Error('x')],
    ['no error', undefined],
  ])('does not bisect by %s', async (_case, thrown) => {
    const { commits, statements } = answering((items) =>
      items.includes('a') ? (thrown ?? sqlError('08006')) : undefined,
    );
    await expect(commits.add('a')).rejects.toBeDefined();
    expect(statements).toHaveLength(1);
  });

  it.each(['40P01', '40001'])('repeats after %s, where two statements met', async (code) => {
    let tries = 0;
    const { commits } = answering(() => ((tries += 1) < 3 ? sqlError(code) : undefined));
    expect(await commits.add('a')).toBe('a!');
    expect(tries).toBe(3);
  });

  it('gives up repeating after five tries', async () => {
    const { commits, statements } = answering(() => sqlError('40P01'));
    await expect(commits.add('a')).rejects.toThrow('40P01');
    expect(statements).toHaveLength(5);
  });

  it('answers for a write that throws at once', async () => {
    const commits = new GroupCommit<string, string>({
      write: () => {
        throw new Error('sync');
      },
      maxInFlight: 1,
      maxItems: 1,
      maxBytes: 1,
      sizeOf: () => 1,
    });
    await expect(commits.add('a')).rejects.toThrow('sync');
    await commits.drain();
  });

  it('takes out of a refused item what it can, and writes the rest', async () => {
    const simplify = (item: string): string | undefined => (item.includes('p') ? item.replaceAll('p', '') : undefined);
    const { commits } = answering(
      (items) => (items.some((item) => /[pq]/.test(item)) ? sqlError('22021') : undefined),
      { simplify },
    );
    const answers = await Promise.allSettled(['x', 'ap', 'b', 'cpq'].map((item) => commits.add(item)));
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'refused'))).toEqual([
      'x!',
      'a!',
      'b!',
      'refused',
    ]);
  });

  it('repeats whatever happens until it is told to stop, but not a poisoned item', async () => {
    const stop = new AbortController();
    const errors = [sqlError('57P03'), new Error('connection lost')];
    const { commits, statements } = answering((items) => (items.includes('p') ? sqlError('22P05') : errors.shift()), {
      repeatUntil: stop.signal,
    });
    expect(await commits.add('a')).toBe('a!');
    expect(statements).toHaveLength(3);
    await expect(commits.add('p')).rejects.toThrow('22P05');
  });

  it('tries once more and gives up when it is told to stop, without waiting its pause out', async () => {
    const stop = new AbortController();
    const { commits, statements } = answering(() => new Error('away'), { repeatUntil: stop.signal });
    const answer = commits.add('a');
    await settled();
    stop.abort();
    await expect(answer).rejects.toThrow('away');
    expect(statements).toHaveLength(2);
    await commits.drain();
  });

  it('drains when nothing waits and nothing is under way', async () => {
    const { commits, writes } = held();
    await commits.drain();
    const answers = ['a', 'b', 'c'].map((item) => commits.add(item));
    let drained = 0;
    void commits.drain().then(() => (drained += 1));
    void commits.drain().then(() => (drained += 1));
    for (let write = 0; write < 3; write += 1) {
      await settled();
      expect(drained).toBe(0);
      writes[write]?.succeed();
    }
    await Promise.all(answers);
    await settled();
    expect(drained).toBe(2);
  });

  it('is drained after a refusal too', async () => {
    const { commits, writes } = held();
    const refused = commits.add('a');
    const drained = commits.drain();
    writes[0]?.fail(new Error('no'));
    await expect(refused).rejects.toThrow('no');
    await drained;
  });

  it('answers every item once, in the order it was given, within its limits, whatever is poisoned', async () => {
    const runs = fc.record({
      items: fc.array(fc.record({ size: fc.integer({ min: 0, max: 12 }), poison: fc.boolean() }), { maxLength: 40 }),
      maxItems: fc.integer({ min: 1, max: 6 }),
      maxBytes: fc.integer({ min: 1, max: 20 }),
      maxInFlight: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ items, ...limits }) => {
        let inFlight = 0;
        const stored: number[] = [];
        const commits = new GroupCommit<{ id: number; size: number; poison: boolean }, number>({
          ...limits,
          sizeOf: ({ size }) => size,
          write: async (group) => {
            inFlight += 1;
            expect(inFlight).toBeLessThanOrEqual(limits.maxInFlight);
            expect(group.length).toBeLessThanOrEqual(limits.maxItems);
            const bytes = group.reduce((sum, { size }) => sum + size, 0);
            expect(group.length === 1 || bytes <= limits.maxBytes).toBe(true);
            await Promise.resolve();
            inFlight -= 1;
            if (group.some(({ poison }) => poison)) throw sqlError('22P05');
            stored.push(...group.map(({ id }) => id));
            return group.map(({ id }) => id);
          },
        });
        const answers = await Promise.allSettled(items.map((item, id) => commits.add({ ...item, id })));
        answers.forEach((answer, id) => {
          if (items[id]?.poison) expect(answer.status).toBe('rejected');
          else expect(answer).toEqual({ status: 'fulfilled', value: id });
        });
        expect(new Set(stored).size).toBe(stored.length);
        await commits.drain();
      }),
      { numRuns: 300 },
    );
  });
});
