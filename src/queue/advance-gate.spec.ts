import { describe, expect, it } from '@jest/globals';
import { deliveryPolicy } from '../config/delivery-policy.js';
import { advanceGate, type GateSignal } from './advance-gate.js';
import { GATE_AT_REST, gateAfter } from './fake-gate.js';
import type { Gate } from './gate.js';

const POLICY = deliveryPolicy();
const { windowMs, cooldownMs, maxCooldownMs } = POLICY.breaker;
const REST = GATE_AT_REST;
const OPEN: Gate = { ...REST, breaker: 'open', failures: 5, failingDeliveries: ['a', 'b', 'c'] };

const signal = (health: GateSignal['health'], deliveryId = 'a', isProbe = false): GateSignal => ({
  deliveryId,
  health,
  isProbe,
});
const failed = (...ids: string[]): GateSignal[] => ids.map((id) => signal('failed', id));
const alive = signal('alive');
const advance = (gate: Gate, signals: readonly GateSignal[], policy = POLICY) => advanceGate(gate, signals, policy);

describe('a closed gate', () => {
  it('is not written when nothing changes', () => {
    expect(advance(REST, [])).toBeUndefined();
    expect(advance(REST, [alive, alive, signal('none')])).toBeUndefined();
  });

  it('opens at the fifth failure in a row, over three deliveries', () => {
    expect(advance(REST, failed('a', 'b', 'c', 'a'))).toMatchObject({
      breaker: 'closed',
      failures: 4,
      cooldownMs: undefined,
    });
    expect(advance(REST, failed('a', 'b', 'c', 'a', 'b'))).toEqual({
      breaker: 'open',
      failures: 5,
      failingDeliveries: ['a', 'b', 'c'],
      failingStartsNow: true,
      cooldownLevel: 0,
      cooldownMs,
      rampSlots: undefined,
      deferMs: undefined,
      gone: false,
    });
  });

  it('counts across flushes', () => {
    let gate = REST;
    for (const id of ['a', 'b', 'c', 'a']) gate = gateAfter(gate, advance(gate, failed(id)));
    expect(gate).toMatchObject({ breaker: 'closed', failures: 4, failingDeliveries: ['a', 'b', 'c'] });
    expect(advance(gate, failed('d'))).toMatchObject({ breaker: 'open', failures: 5, failingStartsNow: false });
  });

  it('starts the clock of a run with its first failure only', () => {
    expect(advance(REST, failed('a'))?.failingStartsNow).toBe(true);
    expect(advance({ ...REST, failures: 1, failingDeliveries: ['a'] }, failed('b'))?.failingStartsNow).toBe(false);
  });

  it.each([
    ['one poison delivery', ['a']],
    ['two of them', ['a', 'b']],
  ])('does not open for %s, however often', (_case, ids) => {
    const change = advance(
      REST,
      failed(...Array.from({ length: 50 }, (_, index) => ids[index % ids.length] as string)),
    );
    expect(change).toMatchObject({ breaker: 'closed', failures: 50, failingDeliveries: ids });
  });

  it('opens as soon as a third delivery joins a long run', () => {
    const gate = { ...REST, failures: 40, failingDeliveries: ['a', 'b'] };
    expect(advance(gate, failed('a'))).toMatchObject({ breaker: 'closed' });
    expect(advance(gate, failed('c'))).toMatchObject({ breaker: 'open', failures: 41, cooldownMs });
  });

  it('begins again after any sign of life', () => {
    const gate = { ...REST, failures: 4, failingDeliveries: ['a', 'b', 'c'], failingForMs: 1_000 };
    const change = advance(gate, [alive, ...failed('d')]);
    expect(change).toMatchObject({ breaker: 'closed', failures: 1, failingDeliveries: ['d'], failingStartsNow: true });
    expect(advance(gate, [alive])).toMatchObject({ failures: 0, failingDeliveries: [], failingStartsNow: false });
  });

  it('takes signals in the order they came', () => {
    expect(advance(REST, [...failed('a', 'b', 'c', 'd'), alive, ...failed('e')])?.breaker).toBe('closed');
    expect(advance(REST, [...failed('a', 'b', 'c', 'd', 'e'), alive])?.breaker).toBe('open');
  });

  it('forgets a run that began before the window', () => {
    const gate = { ...REST, failures: 4, failingDeliveries: ['a', 'b', 'c'] };
    const inside = advance({ ...gate, failingForMs: windowMs }, failed('d'));
    expect(inside).toMatchObject({ breaker: 'open', failures: 5 });
    const outside = advance({ ...gate, failingForMs: windowMs + 1 }, failed('d', 'e'));
    expect(outside).toMatchObject({
      breaker: 'closed',
      failures: 2,
      failingDeliveries: ['d', 'e'],
      failingStartsNow: true,
    });
  });

  it('counts a burst whole even when an old run precedes it', () => {
    const gate = { ...REST, failures: 1, failingDeliveries: ['a'], failingForMs: windowMs * 2 };
    expect(advance(gate, failed('b', 'c', 'd', 'e', 'f'))).toMatchObject({ breaker: 'open', failures: 5 });
  });

  it('makes nothing of what says nothing', () => {
    const gate = { ...REST, failures: 4, failingDeliveries: ['a', 'b', 'c'] };
    expect(advance(gate, [signal('none', 'd')])).toBeUndefined();
  });

  it('keeps at most three of the failing deliveries', () => {
    const strict = { ...POLICY, breaker: { ...POLICY.breaker, failures: 100 } };
    expect(advance(REST, failed('a', 'b', 'c', 'd', 'e'), strict)?.failingDeliveries).toEqual(['a', 'b', 'c']);
  });

  it('needs three deliveries even where one failure is set to open it', () => {
    const jumpy = { ...POLICY, breaker: { ...POLICY.breaker, failures: 1 } };
    expect(advance(REST, failed('a', 'b'), jumpy)?.breaker).toBe('closed');
    expect(advance(REST, failed('a', 'b', 'c'), jumpy)?.breaker).toBe('open');
  });
});

describe('an open gate', () => {
  it('closes at a probe’s success, with one slot to begin with', () => {
    expect(advance({ ...OPEN, cooldownLevel: 3 }, [signal('alive', 'a', true)])).toMatchObject({
      breaker: 'closed',
      failures: 0,
      failingDeliveries: [],
      cooldownLevel: 0,
      cooldownMs: undefined,
      rampSlots: 1,
    });
  });

  it('doubles the cooldown with each failed probe, up to the longest', () => {
    const cooldowns: (number | undefined)[] = [];
    let gate = OPEN;
    for (let probe = 0; probe < 6; probe += 1) {
      const change = advance(gate, [signal('failed', 'a', true)]);
      cooldowns.push(change?.cooldownMs);
      gate = gateAfter(gate, change);
    }
    const minutes = cooldowns.map((ms) => (ms ?? 0) / 60_000);
    expect(minutes).toEqual([10, 20, 40, 60, 60, 60]);
    expect(gate.breaker).toBe('open');
  });

  it('stays within the longest cooldown after thousands of probes', () => {
    const change = advance({ ...OPEN, cooldownLevel: 5_000 }, [signal('failed', 'a', true)]);
    expect(change?.cooldownMs).toBe(maxCooldownMs);
  });

  it('learns nothing from results that straggle in from before', () => {
    expect(advance(OPEN, [alive, ...failed('x', 'y', 'z'), signal('none')])).toBeUndefined();
  });

  it('ignores stragglers in the flush that opens it', () => {
    expect(advance(REST, [...failed('a', 'b', 'c', 'd', 'e', 'f', 'g'), alive])).toMatchObject({
      breaker: 'open',
      failures: 5,
      cooldownMs,
    });
  });

  it('stays as it is when its probe says nothing', () => {
    expect(advance(OPEN, [signal('none', 'a', true)])).toBeUndefined();
  });

  it('counts failures anew once it has closed', () => {
    const closed = gateAfter(OPEN, advance(OPEN, [signal('alive', 'a', true)]));
    expect(advance(closed, failed('a', 'b', 'c', 'd'))).toMatchObject({ breaker: 'closed', failures: 4 });
    const again = advance(closed, failed('a', 'b', 'c', 'd', 'e'));
    expect(again).toMatchObject({ breaker: 'open', cooldownMs, cooldownLevel: 0, rampSlots: undefined });
  });
});

describe('a gate that has just closed', () => {
  it('doubles its slots with each round that succeeds, 1, 2, 4 …, until all are free', () => {
    let gate = gateAfter(OPEN, advance(OPEN, [signal('alive', 'a', true)]));
    const slots: (number | undefined)[] = [];
    while (gate.rampSlots !== undefined) {
      slots.push(gate.rampSlots);
      gate = gateAfter(
        gate,
        advance(
          gate,
          Array.from({ length: gate.rampSlots }, () => alive),
        ),
      );
    }
    expect(slots).toEqual([1, 2, 4, 8, 16]);
  });

  it('has no ramp where only one may be sent at a time', () => {
    const gate = { ...REST, rampSlots: 1 };
    const change = advance(gate, [alive], { ...POLICY, concurrency: 1 });
    expect(change?.rampSlots).toBeUndefined();
    expect(change).toBeDefined();
  });

  it('widens for nothing but signs of life', () => {
    expect(advance({ ...REST, rampSlots: 2 }, failed('a'))?.rampSlots).toBe(2);
    expect(advance({ ...REST, rampSlots: 2 }, [signal('none')])).toBeUndefined();
  });
});

describe('what a destination asks for', () => {
  it('is quiet for the longest of several times', () => {
    const asks = [10, 30, 20].map((deferMs) => ({ ...signal('none'), deferMs }));
    expect(advance(REST, asks)).toMatchObject({ deferMs: 30, breaker: 'closed', failures: 0 });
  });

  it('is kept from stragglers and probes of an open gate too', () => {
    expect(advance(OPEN, [{ ...signal('none', 'a', true), deferMs: 5_000 }])).toMatchObject({
      breaker: 'open',
      deferMs: 5_000,
      cooldownMs: undefined,
    });
  });

  it('is a pause when it says that it is gone', () => {
    expect(advance(REST, [{ ...signal('alive'), gone: true }])).toMatchObject({ gone: true, breaker: 'closed' });
    expect(advance(OPEN, [{ ...signal('alive'), gone: true }])).toMatchObject({ gone: true, breaker: 'open' });
  });

  it('is not announced again when it is paused already', () => {
    expect(advance({ ...REST, paused: true }, [{ ...signal('alive'), gone: true }])).toBeUndefined();
  });
});

describe('a gate whose breaker an operator holds', () => {
  it.each(['open', 'closed'] as const)('%s is moved by no answer, late or not', (forced) => {
    for (const gate of [REST, OPEN]) {
      const held: Gate = { ...gate, forced };
      expect(advance(held, failed('a', 'b', 'c', 'd', 'e', 'f'))).toBeUndefined();
      expect(advance(held, [alive, signal('alive', 'a', true), signal('failed', 'b', true)])).toBeUndefined();
    }
  });

  it('still keeps the quiet that its destination asked for, and is paused by a 410', () => {
    const asked = [
      { ...signal('none'), deferMs: 4_000 },
      { ...alive, gone: true },
    ];
    expect(advance({ ...OPEN, forced: 'closed' }, asked)).toMatchObject({
      breaker: 'open',
      deferMs: 4_000,
      gone: true,
    });
  });
});
