import type { Log } from '../telemetry/log.js';

const HOUR_MS = 3_600_000;

/** Something to be done now and then; every process does it, so doing it twice must be harmless. */
export interface Chore {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * Does the chores now and every hour, one after the other; one that fails is tried again the next hour.
 * @returns what ends it.
 */
export function everyHour(chores: readonly Chore[], log: Log): () => void {
  let isRunning = false;
  const runAll = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    for (const { name, run } of chores) {
      await run().catch((error: Error) =>
        log.warn({ event: 'maintenance.failed', chore: name, error: error.message }, 'tried again in an hour'),
      );
    }
    isRunning = false;
  };
  const timer = setInterval(() => void runAll(), HOUR_MS).unref();
  void runAll();
  return () => clearInterval(timer);
}
