import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';

/** `hookyard destinations …` */
export function addDestinations(program: Command): void {
  const destinations = program.command('destinations').description('where events go');
  destinations
    .command('list')
    .description('list them, with what waits for each')
    .option('--json', 'print them as JSON')
    .action(async (options: ApiFlags) => {
      const [{ listOf }, { DESTINATIONS }] = [await import('../api/requests.js'), await import('../api/views.js')];
      await listOf('/destinations', DESTINATIONS, options);
    });
  destinations
    .command('get')
    .argument('<name>', 'its name or number')
    .description('show one: its policy, gate and backlog')
    .option('--json', 'print it as JSON')
    .action(async (name: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/destinations/${part(name)}`, options);
    });
  destinations
    .command('pause')
    .argument('<name>', 'its name or number')
    .description('send nothing to it until it is resumed')
    .option('--reason <text>', 'shown beside it')
    .option('--json', 'print it as JSON')
    .action(async (name: string, { reason, ...options }: ApiFlags & { reason?: string }) => {
      const { act, part } = await import('../api/requests.js');
      await act(
        'POST',
        `/destinations/${part(name)}/pause`,
        options,
        () => `${name} is paused.`,
        reason ? { reason } : {},
      );
    });
  destinations
    .command('resume')
    .argument('<name>', 'its name or number')
    .description('send to it again')
    .option('--json', 'print it as JSON')
    .action(async (name: string, options: ApiFlags) => {
      const { act, part } = await import('../api/requests.js');
      await act('POST', `/destinations/${part(name)}/resume`, options, () => `${name} is resumed.`);
    });
  destinations
    .command('remove')
    .argument('<name>', 'one that is no longer declared')
    .description('take it away for good; what waits for it becomes dead letters')
    .option('--yes', 'do not ask')
    .option('--json', 'print it as JSON')
    .action(async (name: string, options: ApiFlags & { yes?: boolean }) => {
      const [{ act, part }, { confirm }] = [await import('../api/requests.js'), await import('../api/confirm.js')];
      await confirm(`Remove ${name} for good? What waits for it becomes dead letters.`, options.yes);
      await act('DELETE', `/destinations/${part(name)}`, options, () => `${name} is removed.`);
    });
}
