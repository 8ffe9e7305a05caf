import type { Command } from 'commander';
import type { EntryFlags } from '../api/entry.js';
import type { ApiFlags } from '../api/requests.js';
import { gather, withChangedEntry, withNewEntry } from './entry-options.js';

interface SourceFlags extends EntryFlags {
  readonly type?: string;
  readonly secret?: readonly string[];
  readonly tolerance?: number;
  readonly maxBody?: string;
  readonly rate?: string;
  readonly burst?: number;
  readonly verification?: string;
  readonly option?: readonly string[];
}

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
  const create = sources
    .command('create')
    .argument('<slug>', 'its name in the URL that senders call')
    .description("make one without hookyard.yaml; needs an admin's key");
  withNewEntry(withSourceFlags(create), 'source').action(async (slug: string, flags: SourceFlags) => {
    const [{ act }, entry] = [await import('../api/requests.js'), await entryFrom(flags)];
    const said = (): string => `${slug} is made; its senders call /webhooks/${slug}.`;
    await act('POST', '/sources', flags, said, { ...entry, slug });
  });
  const update = sources
    .command('update')
    .argument('<slug>', 'its name in the URL')
    .description("change one that was not made by hookyard.yaml; needs an admin's key");
  withChangedEntry(withSourceFlags(update), 'source').action(async (slug: string, flags: SourceFlags) => {
    const [{ act, part }, entry] = [await import('../api/requests.js'), await entryFrom(flags)];
    await act('PATCH', `/sources/${part(slug)}`, flags, () => `${slug} is changed.`, entry);
  });
  addStates(sources);
}

function addStates(sources: Command): void {
  const states = {
    pause: ['store what comes in and hold its deliveries, until it is resumed', 'is paused: what comes in is held'],
    resume: ['deliver again, what was held too', 'is resumed'],
  } as const;
  for (const [name, [about, done]] of Object.entries(states)) {
    sources
      .command(name)
      .argument('<slug>', 'its name in the URL')
      .description(about)
      .option('--json', 'print it as JSON')
      .action(async (slug: string, options: ApiFlags) => {
        const { act, part } = await import('../api/requests.js');
        await act('POST', `/sources/${part(slug)}/${name}`, options, () => `${slug} ${done}.`);
      });
  }
  sources
    .command('remove')
    .argument('<slug>', 'one that was not made by hookyard.yaml')
    .description("refuse what its senders send from now on; what is stored stays. Needs an admin's key")
    .option('--yes', 'do not ask')
    .option('--json', 'print it as JSON')
    .action(async (slug: string, options: ApiFlags & { yes?: boolean }) => {
      const [{ act, part }, { confirm }] = [await import('../api/requests.js'), await import('../confirm.js')];
      await confirm(`Remove ${slug}? Its senders are answered 404 from then on.`, options.yes);
      await act('DELETE', `/sources/${part(slug)}`, options, () => `${slug} is removed.`);
    });
}

function withSourceFlags(command: Command): Command {
  return command
    .option('--type <type>', 'what kind of sender: stripe, github, generic …')
    .option('--secret <secret>', "what the sender's dashboard shows; once for each. All are replaced", gather)
    .option('--tolerance <seconds>', 'how far a signed time may be off', Number)
    .option('--max-body <size>', 'the largest body, like 5MiB')
    .option('--rate <rate>', 'take at most so many requests, like 50/s; more are answered 429')
    .option('--burst <n>', "with --rate: so many may come at once; else a second's worth", Number)
    .option('--verification <how>', 'enforce, or shadow: take what cannot be verified too')
    .option('--option <name=value>', 'an option of the type, its value as JSON or a text; once for each', gather);
}

async function entryFrom(flags: SourceFlags): Promise<Record<string, unknown>> {
  const { entryOf, pairsOf } = await import('../api/entry.js');
  const options = pairsOf('--option', '=', flags.option) as Record<string, string> | undefined;
  return entryOf(flags, {
    type: flags.type,
    secrets: flags.secret,
    toleranceSeconds: flags.tolerance,
    maxBodySize: flags.maxBody,
    limits: limitsOf(flags),
    verification: flags.verification,
    options: options && Object.fromEntries(Object.entries(options).map(([name, text]) => [name, jsonOrText(text)])),
  });
}

/** As a whole: the API takes no half of it. */
function limitsOf({ rate, burst }: SourceFlags): object | undefined {
  if (rate === undefined && burst === undefined) return undefined;
  return { ...(rate === undefined ? {} : { rate }), ...(burst === undefined ? {} : { burst }) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
