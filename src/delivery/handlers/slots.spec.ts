import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Slots } from './slots.js';

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

describe('Slots', () => {
  it('lets through as many as there are, and the next in order when one is given back', async () => {
    const slots = new Slots(2);
    const through: number[] = [];
    const gives: (() => void)[] = [];
    for (const id of [1, 2, 3, 4]) {
      void slots.take().then((give) => {
        through.push(id);
        gives.push(give);
      });
    }
    await settled();
    expect(through).toEqual([1, 2]);
    gives[1]?.();
    await settled();
    expect(through).toEqual([1, 2, 3]);
    gives[0]?.();
    await settled();
    expect(through).toEqual([1, 2, 3, 4]);
  });

  it('takes a slot back once only', async () => {
    const slots = new Slots(1);
    const give = await slots.take();
    give();
    give();
    await slots.take();
    let second = false;
    void slots.take().then(() => (second = true));
    await settled();
    expect(second).toBe(false);
  });

  it('never lets more through than there are, and everyone in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat({ max: 4 }), { maxLength: 40 }),
        async (count, turns) => {
          const slots = new Slots(count);
          let inside = 0;
          let most = 0;
          await Promise.all(
            turns.map(async (length) => {
              const give = await slots.take();
              most = Math.max(most, (inside += 1));
              for (let turn = 0; turn < length; turn += 1) await Promise.resolve();
              inside -= 1;
              give();
            }),
          );
          expect(most).toBeLessThanOrEqual(count);
          expect(inside).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});
