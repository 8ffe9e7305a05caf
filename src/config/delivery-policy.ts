import { z } from 'zod';
import { StartupError } from '../errors.js';
import type { DeliveryPolicy } from './config.js';
import { type Duration, durationSchema } from './duration.js';
import { wholeNumber } from './number-schemas.js';
import { pathText, plainWords, problemsOf } from './problems-of.js';
import { type Rate, rateSchema } from './rate.js';
import { type RetryInput, retrySchema } from './retry-policy.js';
import { strictObject, unlessWrong } from './strict-object.js';

/** How deliveries to one destination or handler behave, in the words of hookyard.yaml. What is left out has its default. */
export interface DeliveryPolicyInput {
  /** For one attempt, from 100ms to 120s. Default 15s. */
  readonly timeout?: Duration;
  /** Default `patient`. */
  readonly retry?: RetryInput;
  readonly breaker?: {
    /** Consecutive failures that open it. Default 5. */
    readonly failures?: number;
    /** Within this long. Default 10m. */
    readonly window?: Duration;
    /** Default 5m; doubles with every failed probe. */
    readonly cooldown?: Duration;
    /** Default 1h, or `cooldown` where that is longer. */
    readonly maxCooldown?: Duration;
  };
  readonly limits?: {
    /** At the same time, across all processes, 1 to 1000. Default 20. */
    readonly concurrency?: number;
    /** `50/s`, `100/m`. Default: no limit. */
    readonly rate?: Rate;
  };
}

const hourMs = 3_600_000;

const breakerSchema = strictObject({
  failures: wholeNumber(1, 1_000).prefault(5),
  window: durationSchema('1s', '1d').prefault('10m'),
  cooldown: durationSchema('1s', '1d').prefault('5m'),
  maxCooldown: durationSchema('1s', '7d').optional(),
})
  .refine(({ cooldown, maxCooldown }) => maxCooldown === undefined || maxCooldown >= cooldown, {
    message: 'must not be shorter than cooldown',
    path: ['maxCooldown'],
    when: unlessWrong('cooldown', 'maxCooldown'),
  })
  .transform(({ failures, window, cooldown, maxCooldown }) => ({
    failures,
    windowMs: window,
    cooldownMs: cooldown,
    maxCooldownMs: maxCooldown ?? Math.max(hourMs, cooldown),
  }));

const limitsSchema = strictObject({
  concurrency: wholeNumber(1, 1_000).prefault(20),
  rate: rateSchema.optional(),
});

/** The policy's keys, for a schema that has others beside them. `policyOf` turns what they parse to into the policy. */
export const deliveryPolicyShape = {
  timeout: durationSchema('100ms', '120s').prefault('15s'),
  retry: retrySchema.prefault('patient'),
  breaker: breakerSchema.prefault({}),
  limits: limitsSchema.prefault({}),
};

const deliveryPolicySchema = strictObject(deliveryPolicyShape);

/** The policy in the engine's units (milliseconds, sends per second) from its parsed keys. */
export function policyOf({ timeout, retry, breaker, limits }: z.output<typeof deliveryPolicySchema>): DeliveryPolicy {
  return { timeoutMs: timeout, retry, breaker, concurrency: limits.concurrency, ratePerSecond: limits.rate };
}

/**
 * The policy of a handler declared in code, with the same words, limits and defaults as a destination in hookyard.yaml.
 * @throws StartupError `INVALID_HANDLERS`; its `problems` name the key (`limits.rate: …`), the caller adds the handler.
 */
export function deliveryPolicy(input: DeliveryPolicyInput = {}): DeliveryPolicy {
  const parsed = deliveryPolicySchema.safeParse(input, { error: plainWords });
  if (parsed.success) return policyOf(parsed.data);
  const problems = problemsOf(parsed.error).map(({ path, message }) =>
    path.length === 0 ? message : `${pathText(path)}: ${message}`,
  );
  throw new StartupError('INVALID_HANDLERS', problems);
}
