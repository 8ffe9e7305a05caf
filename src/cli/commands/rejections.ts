import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';
import { withListOptions, withTimeOptions } from './list-options.js';

/** `hookyard rejections …` */
export function addRejections(program: Command): void {
  const rejections = program.command('rejections').description('samples of what was refused, and why');
  const list = rejections
    .command('list')
    .description('list them, newest first')
    .option('--source <slug>', 'of this source')
    .option('--reason <reason>', 'missing, malformed, mismatch, stale …');
  withListOptions(withTimeOptions(list)).action(async (options: ApiFlags) => {
    const [{ listOf }, { REJECTIONS }] = [await import('../api/requests.js'), await import('../api/views.js')];
    await listOf('/rejections', REJECTIONS, options);
  });
  rejections
    .command('get')
    .argument('<id>', 'rej_…')
    .description('show one, and why it was refused')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/rejections/${part(id)}`, options);
    });
  rejections
    .command('raw')
    .argument('<id>', 'rej_…')
    .description("write the bytes that came to stdout, as far as they were kept; needs an operator's key")
    .option('--json', 'print it as JSON, in base64')
    .action(async (id: string, options: ApiFlags) => {
      const { writeRaw } = await import('../api/stored-request.js');
      await writeRaw('rejections', id, options);
    });
  rejections
    .command('curl')
    .argument('<id>', 'rej_…')
    .argument('<url>', 'where to send it')
    .description("print a curl command that sends the refused request, without its signature; needs an operator's key")
    .option('--json', 'print it as JSON')
    .action(async (id: string, url: string, options: ApiFlags) => {
      const { printCurl } = await import('../api/stored-request.js');
      await printCurl('rejections', id, url, options);
    });
  rejections
    .command('reverify')
    .argument('<id>', 'rej_…')
    .description('verify it again after a secret was corrected, and store and deliver it')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags) => {
      const { act, part } = await import('../api/requests.js');
      await act(
        'POST',
        `/rejections/${part(id)}/reverify`,
        options,
        (data) => `${String(data['status'])}: ${String(data['eventId'])}`,
      );
    });
}
