import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addAlerts } from './commands/alerts.js';
import { addBreaker } from './commands/breaker.js';
import { addConfig } from './commands/config.js';
import { addDeliveries } from './commands/deliveries.js';
import { addDeliveryActions } from './commands/delivery-actions.js';
import { addDestinations } from './commands/destinations.js';
import { addDoctor } from './commands/doctor.js';
import { addEvents } from './commands/events.js';
import { addIssues } from './commands/issues.js';
import { addKeys } from './commands/keys.js';
import { addListen } from './commands/listen.js';
import { addLook } from './commands/look.js';
import { addMigrate } from './commands/migrate.js';
import { addNewSource } from './commands/new-source.js';
import { addRejections } from './commands/rejections.js';
import { addReplay } from './commands/replay.js';
import { addReplays } from './commands/replays.js';
import { addRoutes } from './commands/routes.js';
import { addSources } from './commands/sources.js';
import { addStart } from './commands/start.js';
import { addTail } from './commands/tail.js';
import { addTrigger } from './commands/trigger.js';
import { addVerify } from './commands/verify.js';

/**
 * The commands, in the order of `hookyard --help`. A file in commands/ says what a command is called and takes; its action
 * loads the work when it is asked for, so that `--help` need not wait for Nest. Every command keeps the exit codes of
 * `EXIT`, prints for people by default, and for programs with `--json`.
 */
const COMMANDS: readonly ((program: Command) => void)[] = [
  addStart,
  addConfig,
  addMigrate,
  addKeys,
  addNewSource,
  addTrigger,
  addVerify,
  addEvents,
  addDeliveries,
  addRejections,
  addIssues,
  addAlerts,
  addDeliveryActions,
  addReplay,
  addReplays,
  addSources,
  addDestinations,
  addRoutes,
  addBreaker,
  addLook,
  addTail,
  addListen,
  addDoctor,
];

/** The command line. It throws a `CommanderError` instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('hookyard')
    .description('Self-hosted webhook router. Settings come from the environment and hookyard.yaml (see .env.example).')
    .version(version())
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of COMMANDS) add(program);
  pointToHelp(program, []);
  return program;
}

/** After a mistake the help of the very command is named. */
function pointToHelp(command: Command, before: readonly string[]): void {
  const path = [...before, command.name()];
  const help = command.commands.length > 0 ? 'lists the commands' : 'says what it takes';
  command.showHelpAfterError(`(${path.join(' ')} --help ${help})`);
  for (const one of command.commands) pointToHelp(one, path);
}

function version(): string {
  // Built, it is a folder deeper.
  const root = import.meta.url.includes('/dist/src/') ? '../../../' : '../../';
  const manifest = new URL(`${root}package.json`, import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
