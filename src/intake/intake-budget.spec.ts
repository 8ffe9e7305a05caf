import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IntakeBudget } from './intake-budget.js';

describe('IntakeBudget', () => {
  it('gives no source more than a quarter', () => {
    const budget = new IntakeBudget(100);
    expect(budget.take('a', 25)).toBe(true);
    expect(budget.take('a', 1)).toBe(false);
    expect(budget.take('b', 26)).toBe(false);
    expect(budget.take('b', 25)).toBe(true);
  });

  it('gives all sources together no more than there is', () => {
    const budget = new IntakeBudget(100);
    for (const source of ['a', 'b', 'c', 'd']) expect(budget.take(source, 25)).toBe(true);
    expect(budget.take('e', 1)).toBe(false);
    budget.give('a', 5);
    expect(budget.take('e', 5)).toBe(true);
    expect(budget.take('e', 1)).toBe(false);
  });

  it('keeps nothing of what it refused', () => {
    const budget = new IntakeBudget(100);
    expect(budget.take('a', 1_000)).toBe(false);
    expect(budget.usedBytes).toBe(0);
    expect(budget.take('a', 25)).toBe(true);
  });

  it('has everything back when everything was given back, whatever the order', () => {
    const steps = fc.array(
      fc.record({ source: fc.constantFrom('a', 'b', 'c', '__proto__'), bytes: fc.nat({ max: 40 }) }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 200 }), (wishes, total) => {
        const budget = new IntakeBudget(total);
        const held: typeof wishes = [];
        for (const wish of wishes) {
          if (budget.take(wish.source, wish.bytes)) held.push(wish);
          else if (held.length > 0) {
            const [back] = held.splice(0, 1) as [(typeof wishes)[number]];
            budget.give(back.source, back.bytes);
          }
          const sum = (list: typeof wishes) => list.reduce((bytes, one) => bytes + one.bytes, 0);
          expect(budget.usedBytes).toBe(sum(held));
          expect(budget.usedBytes).toBeLessThanOrEqual(total);
          expect(sum(held.filter(({ source }) => source === wish.source))).toBeLessThanOrEqual(total / 4);
        }
        for (const { source, bytes } of held) budget.give(source, bytes);
        expect(budget.usedBytes).toBe(0);
      }),
    );
  });
});
