import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';
import { withListOptions } from './list-options.js';

/** `hookyard replays …` */
export function addReplays(program: Command): void {
  const replays = program.command('replays').description('replays of many events');
  const list = replays
    .command('list')
    .description('list them, newest first')
    .option('--status <status>', 'running, paused, finished or cancelled');
  withListOptions(list).action(async (options: ApiFlags) => {
    const [{ listOf }, { REPLAYS }] = [await import('../api/requests.js'), await import('../api/views.js')];
    await listOf('/replays', REPLAYS, options);
  });
  replays
    .command('get')
    .argument('<id>', 'rpl_…')
    .description('show one, and how far it has come')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/replays/${part(id)}`, options);
    });
  for (const [action, about] of Object.entries({
    cancel: 'stop one for good; what it made stays',
    pause: 'stop one until it is resumed',
    resume: 'go on with one that was paused',
  })) {
    replays
      .command(action)
      .argument('<id>', 'rpl_…')
      .description(about)
      .option('--json', 'print it as JSON')
      .action(async (id: string, options: ApiFlags) => {
        const { act, part } = await import('../api/requests.js');
        await act('POST', `/replays/${part(id)}/${action}`, options, (data) => `${id} is ${String(data['status'])}.`);
      });
  }
}
