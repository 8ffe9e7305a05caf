import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';
import { withEventFilters, withListOptions, withTimeOptions } from './list-options.js';

/** `hookyard deliveries …` */
export function addDeliveries(program: Command): void {
  const deliveries = program.command('deliveries').description('what goes out');
  const list = deliveries
    .command('list')
    .description('list deliveries, newest first; of the last 24 hours unless told otherwise')
    .option(
      '--status <status>',
      'pending, claimed, held, delivered, dead, cancelled or superseded; dead: the dead letters',
    )
    .option('--destination <name>', 'to this destination')
    .option('--event <id>', 'of this event')
    .option('--attempts <n>', '3, or 3+ for three and more')
    .option('--response-class <class>', '2xx, 4xx, 5xx …')
    .option('--error-class <class>', 'timeout, connection …');
  withListOptions(withTimeOptions(withEventFilters(list))).action(async (options: ApiFlags) => {
    const [{ listOf }, { DELIVERIES }] = [await import('../api/requests.js'), await import('../api/views.js')];
    await listOf('/deliveries', DELIVERIES, options);
  });
  deliveries
    .command('get')
    .argument('<id>', 'dlv_…')
    .description('show one delivery with every attempt')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/deliveries/${part(id)}`, options);
    });
  deliveries
    .command('raw')
    .argument('<id>', 'dlv_…')
    .description('write the exact bytes of its event, as received, to stdout')
    .option('--json', 'print it as JSON, in base64')
    .action(async (id: string, options: ApiFlags) => {
      const { writeRaw } = await import('../api/stored-request.js');
      await writeRaw('deliveries', id, options);
    });
  deliveries
    .command('curl')
    .argument('<id>', 'dlv_…')
    .argument('<url>', 'where to send it')
    .description('print a curl command that sends the request of its event; signatures are not in it')
    .option('--json', 'print it as JSON')
    .action(async (id: string, url: string, options: ApiFlags) => {
      const { printCurl } = await import('../api/stored-request.js');
      await printCurl('deliveries', id, url, options);
    });
}
