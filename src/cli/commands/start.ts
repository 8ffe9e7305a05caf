import type { Command } from 'commander';

/** `hookyard start` */
export function addStart(program: Command): void {
  program
    .command('start')
    .description('run the router; SIGTERM or Ctrl-C ends it in order')
    .action(async () => {
      const { runStandalone } = await import('../../start/run-standalone.js');
      await runStandalone();
    });
}
