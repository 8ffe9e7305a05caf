import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliveryPolicy } from '../config/delivery-policy.js';
import { advanceGate } from './advance-gate.js';
import { GATE_AT_REST, gateAfter } from './fake-gate.js';

const POLICY = deliveryPolicy();
const { windowMs, cooldownMs, maxCooldownMs } = POLICY.breaker;
const REST = GATE_AT_REST;

describe('any sequence of signals', () => {
  const signals = fc.array(
    fc.record({
      deliveryId: fc.constantFrom('a', 'b', 'c', 'd'),
      health: fc.constantFrom('alive' as const, 'failed' as const, 'failed' as const, 'none' as const),
      isProbe: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const flushes = fc.array(fc.record({ signals, elapsedMs: fc.constantFrom(0, 1_000, windowMs + 1) }), {
    maxLength: 20,
  });
  const limits = fc.record({ failures: fc.integer({ min: 1, max: 8 }), concurrency: fc.integer({ min: 1, max: 40 }) });

  it('keeps the promises of the breaker', () => {
    fc.assert(
      fc.property(flushes, limits, (sequence, { failures, concurrency }) => {
        const policy = { ...POLICY, concurrency, breaker: { ...POLICY.breaker, failures } };
        let gate = REST;
        for (const flush of sequence) {
          const before = gate;
          const change = advanceGate(gate, flush.signals, policy);
          gate = gateAfter(
            gate,
            change,
            change?.failingStartsNow ? flush.elapsedMs : gate.failingForMs + flush.elapsedMs,
          );
          expect(new Set(gate.failingDeliveries).size).toBe(gate.failingDeliveries.length);
          expect(gate.failingDeliveries.length).toBeLessThanOrEqual(Math.min(3, gate.failures));
          expect(gate.failures === 0).toBe(gate.failingDeliveries.length === 0);
          if (gate.breaker === 'open') {
            expect(gate.failures).toBeGreaterThanOrEqual(Math.max(failures, 3));
            expect(gate.failingDeliveries).toHaveLength(3);
            expect(gate.rampSlots).toBeUndefined();
          }
          if (change?.cooldownMs !== undefined) {
            expect(change.breaker).toBe('open');
            expect(change.cooldownMs).toBeGreaterThanOrEqual(cooldownMs);
            expect(change.cooldownMs).toBeLessThanOrEqual(maxCooldownMs);
          }
          if (before.breaker === 'closed' && gate.breaker === 'open') expect(change?.cooldownMs).toBeDefined();
          if (before.breaker === 'open' && gate.breaker === 'closed') {
            expect(flush.signals.some(({ isProbe, health }) => isProbe && health === 'alive')).toBe(true);
          }
          if (gate.rampSlots !== undefined) {
            expect(gate.rampSlots).toBeGreaterThanOrEqual(1);
            expect(gate.rampSlots).toBeLessThanOrEqual(Math.max(1, concurrency - 1));
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('opens a gate at rest exactly when a run without a sign of life is long enough and over three deliveries', () => {
    fc.assert(
      fc.property(signals, limits, (sequence, { failures }) => {
        const run: string[] = [];
        let opens = false;
        for (const { health, deliveryId } of sequence) {
          if (health === 'alive') run.length = 0;
          if (health === 'failed') run.push(deliveryId);
          opens ||= run.length >= failures && new Set(run).size >= 3;
        }
        const told = sequence.map((one) => ({ ...one, isProbe: false }));
        const change = advanceGate(REST, told, { ...POLICY, breaker: { ...POLICY.breaker, failures } });
        expect(change?.breaker ?? 'closed').toBe(opens ? 'open' : 'closed');
      }),
      { numRuns: 2_000 },
    );
  });
});
