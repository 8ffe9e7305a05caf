import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';

/** `hookyard sources …` */
export function addSources(program: Command): void {
  const sources = program.command('sources').description('who sends');
  sources
    .command('list')
    .description('list them')
    .option('--json', 'print them as JSON')
    .action(async (options: ApiFlags) => {
      const [{ listOf }, { SOURCES }] = [await import('../api/requests.js'), await import('../api/views.js')];
      await listOf('/sources', SOURCES, options);
    });
  sources
    .command('get')
    .argument('<slug>', 'its name in the URL')
    .description('show one, with when its secrets end and last matched')
    .option('--json', 'print it as JSON')
    .action(async (slug: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/sources/${part(slug)}`, options);
    });
}
