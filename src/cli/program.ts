import { readFileSync } from 'node:fs';
import { Command } from 'commander';

/**
 * The command line: what `hookyard --help` shows. Each command's work is in a file of its own, loaded when it is asked for:
 * `--help` and `config check` need not wait for Nest.
 */
export function createProgram(): Command {
  const program = new Command('hookyard')
    .description('Self-hosted webhook router. Settings come from the environment and hookyard.yaml (see .env.example).')
    .version(version())
    .showSuggestionAfterError()
    .showHelpAfterError('(hookyard --help lists the commands)');

  program
    .command('start')
    .description('run the router; SIGTERM or Ctrl-C ends it in order')
    .action(async () => {
      const { runStandalone } = await import('../start/run-standalone.js');
      await runStandalone();
    });

  program
    .command('config')
    .description('look at the configuration')
    .command('check')
    .argument('[file]', 'the file to check; default: HOOKYARD_CONFIG, else ./hookyard.yaml if it is there')
    .description('list every problem (exit code 1), or print what would run: secrets only as "set" or a count')
    .option('--json', 'print it as JSON')
    .action(async (file: string | undefined, options: { json?: boolean }) => {
      const { checkConfig } = await import('./check-config.js');
      checkConfig(file, options);
    });

  program
    .command('migrate')
    .description('bring the database of DATABASE_URL up to date, for routers with HOOKYARD_MIGRATE=never')
    .option('--revert', 'take the newest migration back instead; what it stored is lost')
    .action(async (options: { revert?: boolean }) => {
      const { migrateDatabase } = await import('./migrate-database.js');
      await migrateDatabase(options);
    });

  return program;
}

function version(): string {
  const manifest = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
