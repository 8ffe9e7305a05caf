/** Upper bounds in milliseconds, both for answering a sender and for bringing an event to its destination; beyond the last it is open. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 250, 500, 1_000, 2_000, 5_000, 15_000, 60_000, 300_000, 900_000,
  3_600_000, 14_400_000, 86_400_000, 259_200_000,
];

/** How many counts a histogram has. */
export const LATENCY_COUNTS = LATENCY_BOUNDS_MS.length + 1;

/** Which count a latency belongs to. */
export function latencySlot(ms: number): number {
  for (let slot = 0; slot < LATENCY_BOUNDS_MS.length; slot += 1) {
    if (ms <= (LATENCY_BOUNDS_MS[slot] as number)) return slot;
  }
  return LATENCY_BOUNDS_MS.length;
}

/**
 * The latency that `share` (0 to 1) of all stayed below, in milliseconds, read off the bound of its slot: never too good, too
 * bad by one slot at most. `Infinity` beyond the last bound; `undefined` when nothing was counted.
 */
export function quantileMs(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  for (const [slot, count] of counts.entries()) {
    seen += count;
    if (seen >= total * share) return LATENCY_BOUNDS_MS[slot] ?? Infinity;
  }
  return Infinity;
}
