import { describe, expect, it } from '@jest/globals';
import { SendBudget } from './send-budget.js';

/** Asks for bytes and tells later whether they were granted. */
function ask(budget: SendBudget, destinationId: number, bytes: number): { granted: boolean; release: () => void } {
  const state = { granted: false, release: (): void => undefined };
  void budget.take(destinationId, bytes).then((release) => {
    state.granted = true;
    state.release = release;
  });
  return state;
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the budget of bytes being sent', () => {
  it('lets a destination hold a quarter and makes it wait for more, while others go on', async () => {
    const budget = new SendBudget(100);
    const first = ask(budget, 1, 20);
    const second = ask(budget, 1, 10);
    const other = ask(budget, 2, 25);
    await settled();
    expect([first.granted, second.granted, other.granted]).toEqual([true, false, true]);
    first.release();
    await settled();
    expect(second.granted).toBe(true);
  });

  it('never holds more than its total', async () => {
    const budget = new SendBudget(100);
    const asks = [1, 2, 3, 4, 5].map((id) => ask(budget, id, 25));
    await settled();
    expect(asks.map(({ granted }) => granted)).toEqual([true, true, true, true, false]);
    asks[2]?.release();
    await settled();
    expect(asks[4]?.granted).toBe(true);
  });

  it('lets a body larger than the limits through when nothing else is held', async () => {
    const budget = new SendBudget(100);
    const large = ask(budget, 1, 500);
    const small = ask(budget, 2, 1);
    await settled();
    expect([large.granted, small.granted]).toEqual([true, false]);
    large.release();
    await settled();
    expect(small.granted).toBe(true);
  });
});
