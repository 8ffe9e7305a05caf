import type { Command } from 'commander';

/** `hookyard keys rotate-encryption` */
export function addKeys(program: Command): void {
  program
    .command('keys')
    .description('look after the keys that secrets are sealed with')
    .command('rotate-encryption')
    .description(
      'seal all secrets in the database of DATABASE_URL anew with the first key of HOOKYARD_ENCRYPTION_KEY ("new,old"), while routers run with both; says when the old one can go',
    )
    .option(
      '--check',
      'change nothing: count what is sealed with which key, and fail while something is under an old one',
    )
    .option('--json', 'print the counts as JSON')
    .action(async (options: { check?: boolean; json?: boolean }) => {
      const { rotateEncryption } = await import('../rotate-encryption.js');
      await rotateEncryption(options);
    });
}
