import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `look` gives something truthy, and gives it back; fails with `what` after `withinMs`. */
export async function until<T>(what: string, look: () => T | Promise<T>, withinMs = 20_000): Promise<NonNullable<T>> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > giveUpAt) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await sleep(20);
  }
}
