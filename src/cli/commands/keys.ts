import type { Command } from 'commander';
import type { ApiFlags } from '../api/requests.js';
import { withListOptions } from './list-options.js';

/** `hookyard keys …` */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('API keys, and the keys that secrets are sealed with');
  const list = keys.command('list').description("list API keys by their beginnings; needs an admin's key");
  withListOptions(list).action(async (options: ApiFlags) => {
    const [{ listOf }, { API_KEYS }] = [await import('../api/requests.js'), await import('../api/views.js')];
    await listOf('/api-keys', API_KEYS, options);
  });
  keys
    .command('create')
    .argument('<label>', 'what it is for')
    .description('make an API key; it is printed once and never again')
    .requiredOption('--role <role>', 'viewer, operator or admin')
    .option('--not-after <time>', 'when it ends: 2027-01-01T00:00:00Z')
    .option('--json', 'print it as JSON')
    .action(async (label: string, { role, notAfter, ...options }: ApiFlags & { role: string; notAfter?: string }) => {
      const { act } = await import('../api/requests.js');
      const body = { label, role, ...(notAfter === undefined ? {} : { notAfter }) };
      await act(
        'POST',
        '/api-keys',
        options,
        ({ id, key }) => `${String(key)}\n(${String(id)}; it is not shown again)`,
        body,
      );
    });
  keys
    .command('revoke')
    .argument('<id>', 'key_…')
    .description('end an API key for good')
    .option('--yes', 'do not ask')
    .option('--json', 'print it as JSON')
    .action(async (id: string, options: ApiFlags & { yes?: boolean }) => {
      const [{ act, part }, { confirm }] = [await import('../api/requests.js'), await import('../confirm.js')];
      await confirm(`Revoke ${id}? Whoever uses it is shut out.`, options.yes);
      await act('DELETE', `/api-keys/${part(id)}`, options, () => `${id} is revoked.`);
    });
  keys
    .command('rotate-encryption')
    .description(
      'seal all secrets in the database of DATABASE_URL (or the embedded one) anew with the first key of HOOKYARD_ENCRYPTION_KEY ("new,old"), while routers run with both; says when the old one can go',
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
