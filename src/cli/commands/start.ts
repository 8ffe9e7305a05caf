import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';

/** `hookyard start` */
export function addStart(program: Command): void {
  program
    .command('start')
    .description('run the router; SIGTERM or Ctrl-C ends it in order')
    .action(async () => {
      const { HEAP_FLAGS } = await import('../../start/small-heap.js');
      const main = fileURLToPath(new URL('../../main.js', import.meta.url));
      // Becomes the router, under the same process id, with the flags that V8 only takes at its start. A channel to a parent would
      // not survive that, and Windows has no such call: there it is run as it is.
      if (process.platform !== 'win32' && process.channel === undefined) {
        process.execve?.(process.execPath, [process.execPath, ...HEAP_FLAGS, ...process.execArgv, main]);
      }
      const { runStandalone } = await import('../../start/run-standalone.js');
      await runStandalone();
    });
}
