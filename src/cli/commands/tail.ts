import type { Command } from 'commander';
import type { TailFlags } from '../tail/tail.js';

/** `hookyard tail` */
export function addTail(program: Command): void {
  program
    .command('tail')
    .description('print what happens, as it happens; it comes back by itself and misses nothing, until Ctrl-C')
    .option('--only <kinds>', 'a list of event, delivery and breaker')
    .option('--source <slug>', 'of this source')
    .option('--source-type <type>', 'of sources of this type')
    .option('--type <pattern>', 'of this event type; * stands for anything')
    .option('--destination <name>', 'to this destination')
    .option('--status <status>', 'deliveries with this status')
    .option('--since <position>', 'go on where a tail before said it was')
    .option('--json', 'print a line of JSON each')
    .action(async (options: TailFlags) => {
      const { tail } = await import('../tail/tail.js');
      await tail(options);
    });
}
