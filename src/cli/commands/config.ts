import type { Command } from 'commander';

/** `hookyard config …` */
export function addConfig(program: Command): void {
  program
    .command('config')
    .description('look at the configuration')
    .command('check')
    .argument('[file]', 'the file to check; default: HOOKYARD_CONFIG, else ./hookyard.yaml if it is there')
    .description('list every problem (exit code 1), or print what would run: secrets only as "set" or a count')
    .option('--json', 'print it as JSON')
    .action(async (file: string | undefined, options: { json?: boolean }) => {
      const { checkConfig } = await import('../check-config.js');
      checkConfig(file, options);
    });
}
