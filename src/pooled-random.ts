import { randomFillSync } from 'node:crypto';

/** Drawn at once: asking the system for a few bytes takes longer than most of what is done with them. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/**
 * Unpredictable bytes for names that have to be unique; not for keys or secrets, which stay in memory here for a while.
 * `count`: at most 4096. A view that is overwritten later: use it at once, or copy it.
 */
export function pooledRandom(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.subarray(used, (used += count));
}
