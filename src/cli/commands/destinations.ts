import type { Command } from 'commander';
import type { DestinationFlags } from '../api/destination-entry.js';
import type { ApiFlags } from '../api/requests.js';
import { gather, withChangedEntry, withNewEntry } from './entry-options.js';

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
  addWriting(destinations);
  addStates(destinations);
  addTest(destinations);
}

function addWriting(destinations: Command): void {
  const create = destinations
    .command('create')
    .argument('<name>', 'what it is called')
    .description("make one without hookyard.yaml; needs an admin's key");
  withNewEntry(withDestinationFlags(create), 'destination').action(async (name: string, flags: DestinationFlags) => {
    const [{ act }, { destinationEntry }] = [
      await import('../api/requests.js'),
      await import('../api/destination-entry.js'),
    ];
    const said = (): string =>
      `${name} is made; a route sends events there: hookyard routes create --source <slug> --to ${name}`;
    await act('POST', '/destinations', flags, said, { ...(await destinationEntry(flags)), name });
  });
  const update = destinations
    .command('update')
    .argument('<name>', 'its name')
    .description("change one that was not made by hookyard.yaml or code; needs an admin's key");
  withChangedEntry(withDestinationFlags(update), 'destination').action(
    async (name: string, flags: DestinationFlags) => {
      const [{ act, part }, { destinationEntry }] = [
        await import('../api/requests.js'),
        await import('../api/destination-entry.js'),
      ];
      const entry = await destinationEntry(flags, name);
      await act('PATCH', `/destinations/${part(name)}`, flags, () => `${name} is changed.`, entry);
    },
  );
}

function withDestinationFlags(command: Command): Command {
  return command
    .option('--url <url>', 'where it takes webhooks')
    .option('--payload <form>', 'cloudevents (the default), or raw: as the sender sent it')
    .option('--signing-secret <secret>', 'whsec_…, signs what is sent; once for each. All are replaced', gather)
    .option('--resign-with <secret>', "with --payload raw: sign it anew by the source's own scheme")
    .option('--header <header>', "'Name: value', sent with each; once for each. All are replaced", gather)
    .option('--timeout <duration>', 'how long an answer may take, like 15s')
    .option('--retry <preset>', 'patient (the default), or fast')
    .option('--rate <rate>', 'at most so many, like 50/s')
    .option('--concurrency <n>', 'at most so many at once', Number)
    .option('--allow-private-network', 'it may be in a private network');
}

function addStates(destinations: Command): void {
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
    .argument('<name>', 'one that nothing declares any more, or that was made by hand')
    .description('take it away for good; what waits for it becomes dead letters')
    .option('--yes', 'do not ask')
    .option('--json', 'print it as JSON')
    .action(async (name: string, options: ApiFlags & { yes?: boolean }) => {
      const [{ act, part }, { confirm }] = [await import('../api/requests.js'), await import('../confirm.js')];
      await confirm(`Remove ${name} for good? What waits for it becomes dead letters.`, options.yes);
      await act('DELETE', `/destinations/${part(name)}`, options, () => `${name} is removed.`);
    });
}

function addTest(destinations: Command): void {
  destinations
    .command('test')
    .argument('<name>', 'its name or number')
    .description(
      'send it one request now, marked as a test, also while it is paused or its breaker is open; code 1 unless it answers 2xx',
    )
    .option('--event <event>', 'evt_…, a stored event to send instead of a synthetic one')
    .option('--json', 'print what came of it as JSON')
    .action(async (name: string, options: ApiFlags & { event?: string }) => {
      const { testDestination } = await import('../api/test-destination.js');
      await testDestination(name, options);
    });
}
