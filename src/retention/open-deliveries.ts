import type { RetentionPolicy } from '../config/config.js';

/** How old a dead letter may get, in milliseconds, as a parameter; `null`: for ever. */
export function deadMsOf({ deadMs }: RetentionPolicy): number | null {
  return deadMs ?? null;
}

/**
 * The condition on `hookyard.delivery d` that something may still be sent, so that its body, attempts and event stay. `$n` is
 * the parameter that `deadMsOf` gives. Spelled out, status by status, so that the partial indexes of each can answer it.
 */
export function isOpen(n: number): string {
  return `(d.status = 'pending' OR d.status = 'claimed' OR d.status = 'held' OR (d.status = 'dead'
    AND ($${n}::float8 IS NULL OR d.settled_at > statement_timestamp() - $${n}::float8 * interval '1 ms')))`;
}
