import type { Command } from 'commander';
import type { ApplyOptions } from '../apply-config.js';

/** `hookyard config …` */
export function addConfig(program: Command): void {
  const config = program.command('config').description('look at the configuration, and apply it');
  config
    .command('check')
    .argument('[file]', 'the file to check; default: HOOKYARD_CONFIG, else ./hookyard.yaml if it is there')
    .description('list every problem (exit code 1), or print what would run: secrets only as "set" or a count')
    .option('--json', 'print it as JSON')
    .action(async (file: string | undefined, options: { json?: boolean }) => {
      const { checkConfig } = await import('../check-config.js');
      checkConfig(file, options);
    });
  config
    .command('apply')
    .argument('[file]', 'the file to apply; default: HOOKYARD_CONFIG, else ./hookyard.yaml')
    .description(
      'apply the file to the database of DATABASE_URL (or the embedded one) while routers run: shows the plan first, and asks before it takes anything away',
    )
    .option('--prune', 'remove what the file declared once and does not any more; its backlog becomes dead letters')
    .option('--dry-run', 'only show the plan')
    .option('--yes', 'do not ask')
    .option('--force', 'apply it although it is older than what is in force')
    .option('--load <module>', 'a module that exports source types of your own')
    .option('--json', 'print the plan as JSON')
    .action(async (file: string | undefined, options: ApplyOptions) => {
      const { applyConfig } = await import('../apply-config.js');
      await applyConfig(file, options);
    });
  config
    .command('export')
    .description(
      'print what is in force in the database of DATABASE_URL (or the embedded one) as a hookyard.yaml, with ${…} for secrets',
    )
    .option('--secrets-file <path>', 'write the secrets that it refers to there, readable by you only; must not exist')
    .option('--json', 'print it as JSON')
    .action(async (options: { secretsFile?: string; json?: boolean }) => {
      const { exportConfig } = await import('../export-config.js');
      await exportConfig(options);
    });
}
