import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';
import { withEventFilters, withListOptions, withTimeOptions } from './list-options.js';

/** `hookyard events …` */
export function addEvents(program: Command): void {
  const events = program.command('events').description('what came in');
  const list = events
    .command('list')
    .description('list events, newest first; of the last 24 hours unless told otherwise');
  withListOptions(withTimeOptions(withEventFilters(list))).action(async (options: ApiFlags) => {
    const [{ listOf }, { EVENTS }] = [await import('../api/requests.js'), await import('../api/views.js')];
    await listOf('/events', EVENTS, options);
  });
  events
    .command('get')
    .argument('<id>', 'evt_…')
    .description('show one event, its deliveries, and what each route said of it')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/events/${part(id)}`, options);
    });
  events
    .command('raw')
    .argument('<id>', 'evt_…')
    .description('write the exact bytes received to stdout')
    .option('--json', 'print it as JSON, in base64')
    .action(async (id: string, options: ApiFlags) => {
      const { writeRaw } = await import('../api/stored-request.js');
      await writeRaw('events', id, options);
    });
  events
    .command('curl')
    .argument('<id>', 'evt_…')
    .argument('<url>', 'where to send it')
    .description('print a curl command that sends the stored request; signatures are not in it')
    .option('--json', 'print it as JSON')
    .action(async (id: string, url: string, options: ApiFlags) => {
      const { printCurl } = await import('../api/stored-request.js');
      await printCurl('events', id, url, options);
    });
}
