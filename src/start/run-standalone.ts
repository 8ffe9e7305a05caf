import { StartupError } from '../errors.js';
import { startHookyard, type Hookyard, type HookyardOptions } from '../start-hookyard.js';
import { keepHeapSmall } from './small-heap.js';

/**
 * Starts a router as a process of its own: what stops the start is printed, one problem a line, and ends it with code 1.
 * Anything that escapes later is a bug; the process ends rather than go on half alive, and its leases bring its work back.
 */
export async function runStandalone(options: HookyardOptions = {}): Promise<Hookyard | undefined> {
  keepHeapSmall();
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? String(error)}\n`);
    process.exit(70);
  });
  try {
    return await startHookyard(options);
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    process.stderr.write(
      `Hookyard cannot start (${error.code}):\n${error.problems.map((line) => `  - ${line}\n`).join('')}`,
    );
    process.exit(1);
  }
}
