import { InvalidArgumentError, type Command } from 'commander';
import { CommandFailure, EXIT } from '../command-failure.js';
import type { TriggerFlags } from '../trigger/trigger.js';

const MAX_DUPLICATES = 100;

/** `hookyard trigger` */
export function addTrigger(program: Command): void {
  program
    .command('trigger')
    .argument('[source]', 'a slug of the configuration (with --list: a source type)')
    .argument('[type]', "the event's type, or a fixture's name; default: one that is typical")
    .description('send a webhook to a running router, genuinely signed; exit code 0 when it was answered as expected')
    .option('--tampered', 'alter it after it was signed; 401 is expected')
    .option('--stale', 'sign it too long ago; 401 is expected')
    .option('--unsigned', 'leave out what is signed; 401 is expected')
    .option('--duplicate [n]', 'send the same request n times at once (default 2); one event is expected', duplicates)
    .option('--url <url>', 'where the router listens (default: http://127.0.0.1:PORT)')
    .option('--type <sourceType>', 'the source type; with --secret no configuration is needed')
    .option('--secret <secret>', 'sign with this instead of the configured secret; of key pairs the private key')
    .option('--config <file>', 'the configuration (default: HOOKYARD_CONFIG, else ./hookyard.yaml)')
    .option('--load <module>', 'a module that exports source types of your own')
    .option('--fixtures <folder>', 'read fixtures from there')
    .option('--list', 'show source types and what can be sent of them, and send nothing')
    .option('--json', 'print it as JSON')
    .action(async (source: string | undefined, type: string | undefined, options: Options) => {
      if (options.list) {
        const { listFixtures } = await import('../trigger/list-fixtures.js');
        return listFixtures(source, options);
      }
      if (source === undefined)
        throw new CommandFailure(EXIT.usage, 'Which source? hookyard trigger <source>, or --list.');
      const { trigger } = await import('../trigger/trigger.js');
      const duplicate = options.duplicate === true ? 2 : options.duplicate;
      process.exitCode = await trigger(source, type, { ...options, duplicate });
    });
}

interface Options extends Omit<TriggerFlags, 'duplicate'> {
  /** True: given without a number. */
  readonly duplicate?: number | true;
  readonly list?: boolean;
}

function duplicates(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 2 || n > MAX_DUPLICATES)
    throw new InvalidArgumentError(`It must be a number from 2 to ${MAX_DUPLICATES}.`);
  return n;
}
