import type { Command } from 'commander';

/** What a command takes that makes an entry. `what`: source, destination or route. */
export function withNewEntry(command: Command, what: string): Command {
  return withEntryFile(command, what).option('--json', 'print it as JSON');
}

/** What a command takes that changes an entry. */
export function withChangedEntry(command: Command, what: string): Command {
  return withEntryFile(command, what)
    .option('--unset <key>', 'take this key out of the entry; once for each', gather)
    .option('--json', 'print it as JSON');
}

function withEntryFile(command: Command, what: string): Command {
  return command.option(
    '--file <file>',
    `take the rest from there: a ${what} as in hookyard.yaml, in YAML or JSON; "-" is stdin. Texts, in flags too, may hold \${VAR} and \${file:…}`,
  );
}

/** For options that may be given more than once. */
export function gather(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}
