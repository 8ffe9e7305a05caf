import type { Log } from '../telemetry/log.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Before there is anything to end in order (waiting for a database can take for ever), a signal ends the process at once. Without
 * this, process 1 of a container would not hear it. The returned function takes it back.
 */
export function endAtOnceOnSignals(): () => void {
  const end = (): void => process.exit(0);
  for (const signal of SIGNALS) process.on(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}

/** The first signal ends in order; a second one means: now. */
export function endOnSignals(close: () => Promise<void>, log: Log): void {
  let asked = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      log.info({ event: 'stopping', signal }, 'Hookyard stops');
      close().then(
        () => process.exit(0),
        (error: Error) => {
          log.error({ event: 'stop.failed', error: error.message }, 'not everything ended in order');
          process.exit(1);
        },
      );
    });
  }
}
