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
    .description('show one; the request itself is never shown')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/rejections/${part(id)}`, options);
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
