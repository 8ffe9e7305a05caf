import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';

/** `hookyard breaker …` */
export function addBreaker(program: Command): void {
  const breaker = program.command('breaker').description("the destinations' breakers");
  breaker
    .command('list')
    .description('list them')
    .option('--json', 'print the destinations as JSON')
    .action(async (options: ApiFlags) => {
      const [{ listOf }, { BREAKERS }] = [await import('../api/requests.js'), await import('../api/views.js')];
      await listOf('/destinations', BREAKERS, options);
    });
  const states = {
    reset: ['auto', 'let go of one that is held by hand, so that answers move it again'],
    open: ['open', 'hold one open: nothing is sent'],
    close: ['closed', 'hold one closed: whatever is answered, it is sent to'],
  } as const;
  for (const [name, [state, about]] of Object.entries(states)) {
    const command = breaker.command(name).argument('<destination>', 'its name or number').description(about);
    if (state !== 'auto') command.option('--for <duration>', 'for so long, like 30m; default: until reset');
    command
      .option('--json', 'print the destination as JSON')
      .action(async (destination: string, options: ApiFlags & { for?: string }) => {
        const { act, part } = await import('../api/requests.js');
        const body = { state, ...(options.for === undefined ? {} : { for: options.for }) };
        const said = (data: Readonly<Record<string, unknown>>): string =>
          `The breaker of ${destination} is ${String((data['breaker'] as { state?: unknown }).state)}.`;
        await act('POST', `/destinations/${part(destination)}/breaker`, options, said, body);
      });
  }
}
