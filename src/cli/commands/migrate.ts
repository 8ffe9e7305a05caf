import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../command-failure.js';

/** `hookyard migrate` */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .argument('[what]', 'up (the default), or status: list what is missing, change nothing, exit code 1 if anything is')
    .description(
      'bring the database of DATABASE_URL (or the embedded one, while a router runs) up to date, for routers with HOOKYARD_MIGRATE=never',
    )
    .option('--revert', 'take the newest migration back instead; what it stored is lost')
    .option('--yes', 'do not ask, with --revert')
    .option('--json', 'print it as JSON')
    .action(async (what: string | undefined, options: { revert?: boolean; yes?: boolean; json?: boolean }) => {
      if (what !== undefined && what !== 'up' && what !== 'status')
        throw new CommandFailure(EXIT.usage, `"${what}" is not known here: up or status.`);
      if (what !== undefined && options.revert)
        throw new CommandFailure(EXIT.usage, '--revert goes without a word before it.');
      if (what === 'status') {
        const { migrationStatus } = await import('../migration-status.js');
        process.exitCode = await migrationStatus(options);
        return;
      }
      const { migrateDatabase } = await import('../migrate-database.js');
      await migrateDatabase(options);
    });
}
