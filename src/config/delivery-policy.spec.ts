import { describe, expect, it } from '@jest/globals';
import { StartupError } from '../errors.js';
import { type DeliveryPolicyInput, deliveryPolicy } from './delivery-policy.js';

function problems(input: unknown): readonly string[] {
  try {
    deliveryPolicy(input as DeliveryPolicyInput);
    return [];
  } catch (error) {
    if (error instanceof StartupError && error.code === 'INVALID_HANDLERS') return error.problems;
    throw error;
  }
}

describe('a delivery policy', () => {
  it('has the documented defaults', () => {
    expect(deliveryPolicy()).toEqual({
      timeoutMs: 15_000,
      retry: {
        scheduleMs: [1_000, 4_000, 16_000, 64_000, 256_000, 900_000, 3_600_000, 14_400_000, 43_200_000],
        jitter: 0.2,
        maxAgeMs: 259_200_000,
      },
      breaker: { failures: 5, windowMs: 600_000, cooldownMs: 300_000, maxCooldownMs: 3_600_000 },
      concurrency: 20,
      ratePerSecond: undefined,
    });
  });

  it('takes the words of hookyard.yaml', () => {
    const policy = deliveryPolicy({
      timeout: '2s',
      retry: 'fast',
      breaker: { failures: 3, cooldown: '30s' },
      limits: { concurrency: 4, rate: '30/m' },
    });
    expect(policy).toMatchObject({
      timeoutMs: 2_000,
      retry: { scheduleMs: [1_000, 4_000, 16_000, 64_000, 256_000], jitter: 0.2, maxAgeMs: 259_200_000 },
      breaker: { failures: 3, windowMs: 600_000, cooldownMs: 30_000, maxCooldownMs: 3_600_000 },
      concurrency: 4,
      ratePerSecond: 0.5,
    });
  });

  it('takes a list of waits, which may be empty', () => {
    expect(deliveryPolicy({ retry: { schedule: ['1s', '4s'], jitter: 0, maxAge: '1h' } }).retry).toEqual({
      scheduleMs: [1_000, 4_000],
      jitter: 0,
      maxAgeMs: 3_600_000,
    });
    expect(deliveryPolicy({ retry: { schedule: [] } }).retry.scheduleMs).toEqual([]);
  });

  it('takes waits that grow up to a cap; attempts counts the first one too', () => {
    const { scheduleMs } = deliveryPolicy({
      retry: { exponential: { base: '2s', factor: 3, cap: '10s', attempts: 5 } },
    }).retry;
    expect(scheduleMs).toEqual([2_000, 6_000, 10_000, 10_000]);
    const once = deliveryPolicy({ retry: { exponential: { base: '1s', attempts: 1 } } });
    expect(once.retry.scheduleMs).toEqual([]);
  });

  it('lets a cooldown longer than an hour raise the longest cooldown with it', () => {
    expect(deliveryPolicy({ breaker: { cooldown: '2h' } }).breaker.maxCooldownMs).toBe(7_200_000);
  });

  it.each<[string, unknown, string]>([
    ['a timeout under 100 ms', { timeout: '99ms' }, 'timeout: is out of range; write at least 100ms and at most 120s'],
    ['a timeout over 120 s', { timeout: '3m' }, 'timeout: is out of range; write at least 100ms and at most 120s'],
    ['a number without unit', { timeout: 15 }, 'timeout: has no unit; write'],
    ['an unknown preset', { retry: 'patiently' }, 'did you mean "patient"?'],
    ['both forms at once', { retry: { schedule: [], exponential: { base: '1s', attempts: 2 } } }, 'exactly one of'],
    ['neither form', { retry: { jitter: 0.1 } }, 'retry: needs exactly one of schedule and exponential'],
    ['a wait without unit', { retry: { schedule: ['1s', '5'] } }, 'retry.schedule[1]: has no unit'],
    ['waits beyond the maximum age', { retry: { schedule: ['2d', '2d'] } }, 'retry.schedule: is longer in all'],
    ['a factor under 1', { retry: { exponential: { base: '1s', factor: 0.5, attempts: 3 } } }, 'exponential.factor'],
    ['101 attempts', { retry: { exponential: { base: '1s', attempts: 101 } } }, 'a whole number from 1 to 100'],
    ['jitter over 1', { retry: { schedule: [], jitter: 1.5 } }, 'retry.jitter: must be a number from 0 to 1'],
    ['a retry of another kind', { retry: 3 }, 'retry: must be a block of keys, not a number'],
    ['a longest cooldown below the first', { breaker: { maxCooldown: '1m' } }, 'must not be shorter than cooldown'],
    ['a schedule of another kind', { retry: { schedule: 7 } }, 'retry.schedule: must be a list, not a number'],
    [
      'a cooldown without unit, once',
      { breaker: { cooldown: 300_000, maxCooldown: '1m' } },
      'breaker.cooldown: has no',
    ],
    ['a breaker of another kind', { breaker: [] }, 'breaker: must be a block of keys, not a list'],
    ['a retry that is a list', { retry: ['1s'] }, 'retry: must be a block of keys, not a list'],
    ['no failures', { breaker: { failures: 0 } }, 'breaker.failures: must be a whole number from 1 to 1000'],
    ['concurrency 0', { limits: { concurrency: 0 } }, 'limits.concurrency: must be a whole number from 1 to 1000'],
    ['concurrency 1001', { limits: { concurrency: 1001 } }, 'limits.concurrency: must be a whole number from 1'],
    ['half a slot', { limits: { concurrency: 1.5 } }, 'limits.concurrency: must be a whole number'],
    ['a rate without unit', { limits: { rate: 50 } }, 'limits.rate: has no unit'],
    [
      'an unknown key',
      { limits: { concurency: 5 } },
      'limits.concurency: is not a key here. Did you mean "concurrency"?',
    ],
    ['no object at all', 5, 'must be a block of keys, not a number'],
    ['null', null, 'must be a block of keys, not empty'],
  ])('refuses %s', (_, input, problem) => {
    expect(problems(input)).toEqual([expect.stringContaining(problem)]);
  });

  it('reports every problem at once, also those between keys', () => {
    const found = problems({
      timeout: '1x',
      timeot: '1s',
      retry: { schedule: ['4d'], jitter: 2, jitr: 0 },
      breaker: { window: 'x', cooldown: '2h', maxCooldown: '1h' },
    });
    expect(found).toHaveLength(7);
  });

  it('takes numbers as text, because a variable gives text', () => {
    const input = { limits: { concurrency: '7' } } as unknown as DeliveryPolicyInput;
    expect(deliveryPolicy(input).concurrency).toBe(7);
  });
});
