import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';
import { withListOptions } from './list-options.js';

const ACTIONS = {
  acknowledge: 'say that somebody is on it',
  resolve: 'say that it is mended; the next failure opens it again',
  ignore: 'only count it from now on',
  reopen: 'open it again',
} as const;

/** `hookyard issues …` */
export function addIssues(program: Command): void {
  const issues = program.command('issues').description('what fails, grouped by destination, error class and status');
  const list = issues
    .command('list')
    .description('list them, those that began last first')
    .option('--state <state>', 'open, acknowledged, resolved or ignored')
    .option('--destination <name>', 'of this destination');
  withListOptions(list).action(async (options: ApiFlags) => {
    const [{ listOf }, { ISSUES }] = [await import('../api/requests.js'), await import('../api/views.js')];
    await listOf('/issues', ISSUES, options);
  });
  issues
    .command('get')
    .argument('<id>', 'iss_…')
    .description('show one')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/issues/${part(id)}`, options);
    });
  const dead = issues
    .command('dead-letters')
    .argument('<id>', 'iss_…')
    .description('list the dead letters that it made, newest first');
  withListOptions(dead).action(async (id: string, options: ApiFlags) => {
    const [{ listOf, part }, { DELIVERIES }] = [await import('../api/requests.js'), await import('../api/views.js')];
    await listOf(`/issues/${part(id)}/dead-letters`, DELIVERIES, options);
  });
  for (const [action, about] of Object.entries(ACTIONS)) {
    issues
      .command(action)
      .argument('<id>', 'iss_…')
      .description(about)
      .option('--json', 'print it as JSON')
      .action(async (id: string, options: ApiFlags) => {
        const { act, part } = await import('../api/requests.js');
        await act('POST', `/issues/${part(id)}/${action}`, options, (data) => `${id} is ${String(data['state'])}.`);
      });
  }
}
