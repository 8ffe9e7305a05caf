import type { Command } from 'commander';
import type { EntryFlags } from '../api/entry.js';
import type { ApiFlags } from '../api/requests.js';
import { gather, withChangedEntry, withNewEntry } from './entry-options.js';

interface RouteFlags extends EntryFlags {
  readonly source?: string;
  readonly sourceType?: string;
  readonly type?: readonly string[];
  readonly to?: string;
  readonly filter?: string;
  readonly ordered?: boolean;
  readonly latestOnly?: boolean;
}

/** `hookyard routes …` */
export function addRoutes(program: Command): void {
  const routes = program.command('routes').description('which events go where');
  routes
    .command('list')
    .description('list them, in the order in which they are asked')
    .option('--json', 'print them as JSON')
    .action(async (options: ApiFlags) => {
      const [{ listOf }, { ROUTES }] = [await import('../api/requests.js'), await import('../api/views.js')];
      await listOf('/routes', ROUTES, options);
    });
  routes
    .command('get')
    .argument('<id>', 'its number')
    .description('show one, with its filter')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags) => {
      const { part, showOne } = await import('../api/requests.js');
      await showOne(`/routes/${part(id)}`, options);
    });
  const create = routes
    .command('create')
    .description("add one after all others, without hookyard.yaml; needs an admin's key");
  withNewEntry(withRouteFlags(create), 'route').action(async (flags: RouteFlags) => {
    const [{ act }, entry] = [await import('../api/requests.js'), await entryFrom(flags)];
    await act('POST', '/routes', flags, ({ id, to }) => `Route ${String(id)} is made, to ${String(to)}.`, entry);
  });
  const update = routes
    .command('update')
    .argument('<id>', 'its number')
    .description("change one that was not made by hookyard.yaml; it gets a new number. Needs an admin's key");
  withChangedEntry(withRouteFlags(update), 'route').action(async (id: string, flags: RouteFlags) => {
    const [{ act, part }, entry] = [await import('../api/requests.js'), await entryFrom(flags)];
    // It has one of the two: the one that is given takes the other's place.
    if (flags.source !== undefined) entry['sourceType'] = null;
    if (flags.sourceType !== undefined) entry['source'] = null;
    const said = (data: Readonly<Record<string, unknown>>): string =>
      `Route ${id} is changed; it is ${String(data['id'])} now.`;
    await act('PATCH', `/routes/${part(id)}`, flags, said, entry);
  });
  routes
    .command('remove')
    .argument('<id>', 'its number')
    .description("take away one that was not made by hookyard.yaml; needs an admin's key")
    .option('--yes', 'do not ask')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags & { yes?: boolean }) => {
      const [{ act, part }, { confirm }] = [await import('../api/requests.js'), await import('../confirm.js')];
      await confirm(`Remove route ${id}? What comes in from then on does not take it.`, options.yes);
      await act('DELETE', `/routes/${part(id)}`, options, () => `Route ${id} is removed.`);
    });
}

function withRouteFlags(command: Command): Command {
  return command
    .option('--source <slug>', 'events of this source')
    .option('--source-type <type>', 'or of all sources of this type')
    .option('--type <pattern>', 'of this event type, * stands for anything; once for each. Default: all', gather)
    .option('--to <destination>', 'to this destination')
    .option('--filter <json>', 'only what this takes, like \'{"data.livemode":true}\'')
    .option('--ordered', 'events of one subject in the order in which they came')
    .option('--latest-only', 'leave out an event when a newer one of its subject was delivered');
}

async function entryFrom(flags: RouteFlags): Promise<Record<string, unknown>> {
  const { entryOf, jsonOf } = await import('../api/entry.js');
  const { source, sourceType, type: types, to, latestOnly } = flags;
  const filter = jsonOf('--filter', flags.filter);
  return entryOf(flags, { source, sourceType, types, to, filter, ordered: flags.ordered && 'subject', latestOnly });
}
