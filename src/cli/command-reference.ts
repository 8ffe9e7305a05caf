/** docs/commands.md, from the commands themselves. `npm run docs:commands` writes it, a spec compares. */
import type { Command } from 'commander';

const HEAD = `# Commands

\`npx hookyard <command>\`, in a checkout and wherever the package is installed. Written by \`npm run docs:commands\` out of the commands' own help.

- Settings come from the environment and \`hookyard.yaml\`, as for the router.
- Commands about events, deliveries, rejections, issues, alerts, sources, destinations and routes, \`replay\`, \`tail\`, \`listen\` and API keys speak to a running router: \`HOOKYARD_URL\` (default: this machine, at \`HOOKYARD_MANAGEMENT_PORT\` or \`PORT\`) with the key in \`HOOKYARD_TOKEN\` (or \`HOOKYARD_TOKEN_FILE\`). Of a router on this machine its own key will do: \`HOOKYARD_API_KEY\`, or the one it made in \`HOOKYARD_DATA_DIR\`.
- Times are \`2h\` (ago) or ISO 8601. What cannot be taken back is asked for on a terminal; elsewhere it needs \`--yes\`.
- What people read is the default; \`--json\` prints JSON instead, and errors as \`{"status":"error","data":null,"errors":[{"code":"…","message":"…"}]}\` on stderr.
- Colours are used on a terminal only, and never with \`NO_COLOR\`.
- No command prints a secret, but \`keys create\` the key that it made.

| exit code | meaning |
| --- | --- |
| 0 | It worked; the answer is "yes". |
| 1 | It did not work; the answer is "no". |
| 2 | The command line, or a file it names, cannot be understood. Nothing was done. |
| 3 | What was asked for does not exist. |
| 4 | The router does not allow it: with this key, or because hookyard.yaml, a variable or code declares what would be changed. |
`;

/** One command that does something; groups like `config` are not. */
export interface DocumentedCommand {
  /** As it is typed: `hookyard config check`. */
  readonly name: string;
  readonly command: Command;
}

/** Every command of a program, in the order of its help. */
export function commandsOf(program: Command, before: readonly string[] = []): DocumentedCommand[] {
  const path = [...before, program.name()];
  if (program.commands.length === 0) return [{ name: path.join(' '), command: program }];
  return program.commands.flatMap((command) => commandsOf(command, path));
}

/** The page, whole. */
export function commandReference(program: Command): string {
  return [HEAD, ...commandsOf(program).map(section)].join('\n');
}

function section({ name, command }: DocumentedCommand): string {
  const taken = [
    ...command.registeredArguments.map((argument) => [
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
      argument.description,
    ]),
    ...command.options.map((option) => [option.flags, option.description]),
  ];
  const rows = taken.map(
    ([what, about]) => `| \`${what?.replaceAll('|', '\\|')}\` | ${about?.replaceAll('|', '\\|')} |`,
  );
  const table = rows.length === 0 ? [] : ['', '| | |', '| --- | --- |', ...rows];
  return [
    `## ${name}`,
    '',
    `${command.description().replace(/^./, (letter) => letter.toUpperCase())}.`,
    ...table,
    '',
  ].join('\n');
}
