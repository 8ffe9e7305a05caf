import type { Quota } from '../queue/quota.js';

/** How one attempt ended, before anyone decides what that means. */
export type Outcome =
  /** The destination answered. `retryAfterMs`: what its `Retry-After` asked for. */
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      readonly retryAfterMs: number | undefined;
      readonly excerpt: string | undefined;
      /** What it said about its own rate limit. */
      readonly quota?: Quota | undefined;
    }
  /** No answer, or no success of a handler. */
  | { readonly kind: 'failed'; readonly errorClass: ErrorClass; readonly excerpt: string | undefined }
  /** The handler's transaction committed, with the delivery's own row in it: nothing is left to write. */
  | { readonly kind: 'committed' }
  /** It was cut short and nobody's fault: the process is shutting down, or the database went away under a handler. */
  | { readonly kind: 'interrupted'; readonly delayMs: number }
  /** It never started: the breaker opened, the lease ran short, a sibling timed out or was asked to wait, the process is stopping. */
  | { readonly kind: 'not-started'; readonly delayMs: number };

/** Why there was no answer. Stable: filters, alerts and `docs/errors.md` name these. */
export type ErrorClass = (typeof ERROR_CLASSES)[number];

export const ERROR_CLASSES = [
  'TIMEOUT',
  'DNS',
  'CONNECTION_REFUSED',
  'CONNECTION_RESET',
  'TLS',
  'PROXY',
  'NETWORK',
  'RESPONSE_INVALID',
  'ADDRESS_BLOCKED',
  'BODY_MISSING',
  'FILTER_FAILED',
  'HANDLER_FAILED',
  'HANDLER_TIMEOUT',
  'HANDLER_TRANSACTION_LOST',
  'INTERNAL',
  'HTTP_3XX',
  'HTTP_4XX',
  'HTTP_5XX',
] as const;
