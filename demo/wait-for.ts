import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

/** Looks until something truthy is there, and gives it back; `undefined` when it never came. */
export async function waitFor<T>(look: () => T | Promise<T>, withinMs = 15_000): Promise<T | undefined> {
  for (const giveUpAt = performance.now() + withinMs; performance.now() < giveUpAt; await sleep(LOOK_EVERY_MS)) {
    const seen = await look();
    if (seen) return seen;
  }
  return undefined;
}
