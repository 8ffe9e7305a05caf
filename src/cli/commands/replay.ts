import type { Command } from 'commander';
import type { ReplayFlags } from '../api/replay.js';

/** `hookyard replay` */
export function addReplay(program: Command): void {
  program
    .command('replay')
    .argument('[event]', 'evt_…; without it the events, or with --retry the dead deliveries, that the filters take')
    .description('deliver stored events again as new deliveries; handlers run again')
    .option(
      '--filter <name=value...>',
      'source, sourceType, type, destination, status, errorClass, deadReason, from, to',
    )
    .option('--to <destination...>', 'to these destinations instead of where the routes send it today')
    .option('--retry', 'retry what is dead (or cancelled, with status=cancelled) instead: the same deliveries again')
    .option('--renormalise', 'read the bytes anew')
    .option('--pace <n>', 'so many a second', Number)
    .option('--dry-run', 'only say how many, and which first')
    .option('--no-wait', 'begin it and do not wait for its end')
    .option('--yes', 'do not ask')
    .option('--json', 'print it as JSON')
    .action(async (event: string | undefined, options: ReplayFlags) => {
      const { replay } = await import('../api/replay.js');
      await replay(event, options);
    });
}
