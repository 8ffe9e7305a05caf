import type { Command } from 'commander';
import type { ListenFlags } from '../listen/listen.js';

/** `hookyard listen` */
export function addListen(program: Command): void {
  program
    .command('listen')
    .argument('<url>', 'where your code takes webhooks, like http://localhost:4000/webhooks/stripe')
    .description(
      "forward a source's stored events to your machine, signed anew by the source's own scheme, as they come and those that came while you were away; until Ctrl-C",
    )
    .requiredOption('--source <slug>', 'the source')
    .option('--type <pattern>', 'only this event type; * stands for anything')
    .option('--secret <secret>', 'sign with this; default: the secret in your own configuration')
    .option('--unsigned', 'send no signature')
    .option('--from-now', 'leave out what came while you were away')
    .option('--state <file>', 'where it remembers its place (default: hookyard/listen.json in your state directory)')
    .option('--config <file>', 'the configuration with the secret (default: HOOKYARD_CONFIG, else ./hookyard.yaml)')
    .option('--load <module>', 'a module that exports source types of your own')
    .option('--json', 'print a line of JSON for each event')
    .action(async (url: string, options: ListenFlags) => {
      const { listen } = await import('../listen/listen.js');
      await listen(url, options);
    });
}
