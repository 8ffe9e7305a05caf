import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliveryPolicy } from '../config/delivery-policy.js';
import { allowance, UNKNOWN_PACE, type Grant, type LiveWork, type Pace } from './allowance.js';
import { GATE_AT_REST } from './fake-gate.js';
import type { Gate } from './gate.js';

const REST: Gate = { ...GATE_AT_REST, notBeforeInMs: -5 };
const IDLE: LiveWork = { slots: 0, probing: false, rows: 0 };
const POLICY = { ...deliveryPolicy(), concurrency: 4 };
const RATED = { ...POLICY, ratePerSecond: 10 };

describe('allowance', () => {
  it('grants all slots of a destination at rest, and five rows for each', () => {
    expect(allowance(REST, IDLE, POLICY)).toEqual({ rows: 20, slots: 4, isProbe: false, tokensBefore: undefined });
  });

  it('never grants more than 100 rows', () => {
    expect(allowance(REST, IDLE, { ...POLICY, concurrency: 1000 })).toMatchObject({ rows: 100, slots: 100 });
  });

  it('grants only the slots that live batches leave', () => {
    expect(allowance(REST, { slots: 3, probing: false, rows: 0 }, POLICY)).toMatchObject({ rows: 5, slots: 1 });
    expect(allowance(REST, { slots: 4, probing: false, rows: 0 }, POLICY)).toEqual({ waitMs: Infinity });
    expect(allowance(REST, { slots: 9, probing: false, rows: 0 }, POLICY)).toEqual({ waitMs: Infinity });
  });

  it('grants nothing while paused, and waits for somebody', () => {
    expect(allowance({ ...REST, paused: true }, IDLE, POLICY)).toEqual({ waitMs: Infinity });
  });

  it('grants nothing, not even a probe, while an operator holds the breaker open', () => {
    const forced: Gate = { ...REST, forced: 'open', forcedForMs: 700 };
    expect(allowance(forced, IDLE, POLICY)).toEqual({ waitMs: 700 });
    expect(allowance({ ...forced, forcedForMs: Infinity, breaker: 'open', openForMs: -5 }, IDLE, POLICY)).toEqual({
      waitMs: Infinity,
    });
  });

  it('grants all slots while an operator holds the breaker closed, whatever it would be', () => {
    const forced: Gate = { ...REST, forced: 'closed', breaker: 'open', openForMs: 900 };
    expect(allowance(forced, IDLE, POLICY)).toEqual(allowance(REST, IDLE, POLICY));
  });

  it('waits as long as the destination asked for', () => {
    expect(allowance({ ...REST, notBeforeInMs: 1234.5 }, IDLE, POLICY)).toEqual({ waitMs: 1234.5 });
  });

  it('sends nothing while the breaker is open, until its cooldown is over', () => {
    expect(allowance({ ...REST, breaker: 'open', openForMs: 900 }, IDLE, POLICY)).toEqual({ waitMs: 900 });
  });

  it('lets one probe through after the cooldown', () => {
    const probe = { rows: 1, slots: 1, isProbe: true, tokensBefore: undefined };
    expect(allowance({ ...REST, breaker: 'open', openForMs: 0 }, IDLE, POLICY)).toEqual(probe);
  });

  it('lets no second probe through beside the first', () => {
    const live = { slots: 1, probing: true, rows: 0 };
    expect(allowance({ ...REST, breaker: 'open' }, live, POLICY)).toEqual({ waitMs: Infinity });
  });

  it('does not probe before what was under way at the opening has ended', () => {
    const live = { slots: 2, probing: false, rows: 0 };
    expect(allowance({ ...REST, breaker: 'open' }, live, POLICY)).toEqual({ waitMs: Infinity });
  });

  it('holds a probe to the quiet the destination asked for and to its rate', () => {
    const open: Gate = { ...REST, breaker: 'open' };
    expect(allowance({ ...open, notBeforeInMs: 50 }, IDLE, POLICY)).toEqual({ waitMs: 50 });
    expect(allowance({ ...open, rateTokens: 0 }, IDLE, RATED)).toEqual({ waitMs: 100 });
  });

  it('grants while ramping up no more rows than slots', () => {
    const granted = (rampSlots: number, slots = 0) =>
      allowance({ ...REST, rampSlots }, { slots, probing: false, rows: 0 }, { ...POLICY, concurrency: 20 });
    expect(granted(1)).toMatchObject({ rows: 1, slots: 1 });
    expect(granted(4)).toMatchObject({ rows: 4, slots: 4 });
    expect(granted(4, 3)).toMatchObject({ rows: 1, slots: 1 });
    expect(granted(4, 4)).toEqual({ waitMs: Infinity });
  });

  it('does not let a ramp exceed the concurrency, which may have been lowered', () => {
    expect(allowance({ ...REST, rampSlots: 16 }, IDLE, POLICY)).toMatchObject({ rows: 4, slots: 4 });
  });

  it('begins with a bucket of one second’s worth', () => {
    expect(allowance(REST, IDLE, RATED)).toEqual({ rows: 10, slots: 4, isProbe: false, tokensBefore: 10 });
  });

  it('fills the bucket by the time passed, and never over its size', () => {
    const at = (rateTokens: number, rateCountedMsAgo: number) =>
      allowance({ ...REST, rateTokens, rateCountedMsAgo }, IDLE, RATED) as Grant;
    expect(at(0, 250)).toMatchObject({ rows: 2, tokensBefore: 2.5 });
    expect(at(3, 60_000)).toMatchObject({ rows: 10, tokensBefore: 10 });
    expect(at(3, -500)).toMatchObject({ rows: 3, tokensBefore: 3 });
  });

  it('waits until there is a whole token', () => {
    expect(allowance({ ...REST, rateTokens: 0.5, rateCountedMsAgo: 0 }, IDLE, RATED)).toEqual({ waitMs: 50 });
  });

  it('gets to a whole token at rates below one a second', () => {
    const slow = { ...POLICY, ratePerSecond: 0.5 };
    expect(allowance(REST, IDLE, slow)).toMatchObject({ rows: 1, tokensBefore: 1 });
    expect(allowance({ ...REST, rateTokens: 0, rateCountedMsAgo: 500 }, IDLE, slow)).toEqual({ waitMs: 1500 });
    expect(allowance({ ...REST, rateTokens: 0, rateCountedMsAgo: 9_000 }, IDLE, slow)).toMatchObject({ rows: 1 });
  });

  describe('of a destination whose pace is known', () => {
    const paced = (pace: Partial<Pace>, live = IDLE, concurrency = 20, gate = REST) =>
      allowance(gate, live, { ...POLICY, concurrency }, { ...UNKNOWN_PACE, ...pace });

    it('grants about a second of work for each slot, between 1 and 25 rows, and 500 in all', () => {
      expect(paced({ attemptMs: 3 })).toMatchObject({ rows: 500, slots: 20 });
      expect(paced({ attemptMs: 0 }, IDLE, 2)).toMatchObject({ rows: 50, slots: 2 });
      expect(paced({ attemptMs: 3 }, IDLE, 100)).toMatchObject({ rows: 500, slots: 100 });
      expect(paced({ attemptMs: 100 }, IDLE, 4)).toMatchObject({ rows: 40, slots: 4 });
      expect(paced({ attemptMs: 15_000 }, IDLE, 4)).toMatchObject({ rows: 4, slots: 4 });
    });

    it('grants no deep batch while very much is under way', () => {
      expect(paced({ attemptMs: 3, isCrowded: true })).toMatchObject({ rows: 100, slots: 20 });
      expect(paced({ attemptMs: 15_000, isCrowded: true }, IDLE, 4)).toMatchObject({ rows: 4 });
    });

    it('grants no deep batch while ramping up', () => {
      expect(paced({ attemptMs: 3 }, IDLE, 20, { ...REST, rampSlots: 4 })).toMatchObject({ rows: 4, slots: 4 });
    });

    it('lets a few free slots wait for others, 25 ms at most, while batches are at work', () => {
      const busy = { slots: 15, probing: false, rows: 15 };
      expect(paced({ claimedMsAgo: 5 }, busy)).toEqual({ waitMs: 20 });
      expect(paced({ claimedMsAgo: 25 }, busy)).toMatchObject({ slots: 5 });
      expect(paced({}, busy)).toMatchObject({ slots: 5 });
    });

    it('never lets an idle destination wait, nor half of the slots', () => {
      expect(paced({ claimedMsAgo: 0 })).toMatchObject({ slots: 20 });
      expect(paced({ claimedMsAgo: 0 }, { slots: 10, probing: false, rows: 10 })).toMatchObject({ slots: 10 });
      expect(paced({ claimedMsAgo: 0 }, { slots: 1, probing: false, rows: 1 }, 2)).toMatchObject({ slots: 1 });
    });
  });

  it('never grants more than concurrency, ramp, rate and breaker allow, and never a grant of nothing', () => {
    const gates = fc.record({
      paused: fc.boolean(),
      notBeforeInMs: fc.integer({ min: -1000, max: 1000 }),
      breaker: fc.constantFrom('open' as const, 'closed' as const),
      openForMs: fc.integer({ min: -1000, max: 1000 }),
      rampSlots: fc.option(fc.integer({ min: 1, max: 32 }), { nil: undefined }),
      rateTokens: fc.option(fc.double({ min: 0, max: 50, noNaN: true }), { nil: undefined }),
      rateCountedMsAgo: fc.integer({ min: -100, max: 5000 }),
    });
    const policies = fc.record({
      concurrency: fc.integer({ min: 1, max: 200 }),
      ratePerSecond: fc.option(fc.double({ min: 0.01, max: 500, noNaN: true }), { nil: undefined }),
    });
    const works = fc.record({
      slots: fc.integer({ min: 0, max: 200 }),
      probing: fc.boolean(),
      rows: fc.nat({ max: 500 }),
    });
    fc.assert(
      fc.property(gates, works, policies, (changes, live, limits) => {
        const gate = { ...REST, ...changes };
        const granted = allowance(gate, live, { ...POLICY, ...limits });
        if ('waitMs' in granted) {
          expect(granted.waitMs).toBeGreaterThan(0);
          return;
        }
        expect(gate.paused || gate.notBeforeInMs > 0 || (gate.breaker === 'open' && gate.openForMs > 0)).toBe(false);
        expect(granted.isProbe).toBe(gate.breaker === 'open');
        expect(Number.isInteger(granted.rows) && Number.isInteger(granted.slots)).toBe(true);
        expect(granted.slots).toBeGreaterThanOrEqual(1);
        expect(granted.rows).toBeGreaterThanOrEqual(granted.slots);
        expect(granted.rows).toBeLessThanOrEqual(100);
        expect(granted.slots + live.slots).toBeLessThanOrEqual(
          Math.min(limits.concurrency, changes.rampSlots ?? Infinity, granted.isProbe ? 1 : Infinity),
        );
        expect(granted.rows).toBeLessThanOrEqual(granted.tokensBefore ?? Infinity);
      }),
      { numRuns: 2_000 },
    );
  });
});
