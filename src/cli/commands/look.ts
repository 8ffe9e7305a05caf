import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';
import { withListOptions, withTimeOptions } from './list-options.js';

/** `hookyard audit` and `hookyard stats`. */
export function addLook(program: Command): void {
  const audit = program
    .command('audit')
    .description("who changed what, newest first; needs an admin's key")
    .option('--actor <label>', "with this key's label")
    .option('--target <what>', 'of this object');
  withListOptions(audit).action(async (options: ApiFlags) => {
    const [{ listOf }, { AUDIT }] = [await import('../api/requests.js'), await import('../api/views.js')];
    await listOf('/audit', AUDIT, options);
  });
  const stats = program
    .command('stats')
    .description('count what came in and went out, in the last 24 hours unless told otherwise');
  withTimeOptions(stats)
    .option('--json', 'print it as JSON')
    .action(async (options: ApiFlags & { from?: string; to?: string }) => {
      const { showStats } = await import('../api/show-stats.js');
      await showStats(options);
    });
}
