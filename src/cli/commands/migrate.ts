import type { Command } from 'commander';

/** `hookyard migrate` */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database of DATABASE_URL up to date, for routers with HOOKYARD_MIGRATE=never')
    .option('--revert', 'take the newest migration back instead; what it stored is lost')
    .option('--json', 'print it as JSON')
    .action(async (options: { revert?: boolean; json?: boolean }) => {
      const { migrateDatabase } = await import('../migrate-database.js');
      await migrateDatabase(options);
    });
}
