import type { Command } from 'commander';
import type { VerifyFlags } from '../verify/verify-request.js';

/** `hookyard verify` */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('say whether a request is genuine, and if not, why; exit code 0 when it is')
    .requiredOption('--source <source>', 'a slug of the configuration')
    .requiredOption('--body <file>', 'the exact bytes of the body; "-" reads stdin')
    .option('--header <header>', "'Name: value', once for each header", gather, [])
    .option('--at <time>', 'judge it as of then, ISO 8601 or Unix seconds (default: now)')
    .option('--url <url>', 'the URL that the sender called, with its query; for senders that sign it')
    .option('--method <method>', 'the HTTP method (default: POST)')
    .option('--type <sourceType>', 'the source type; with --secret no configuration is needed')
    .option('--secret <secret>', 'verify with this instead of the configured secrets')
    .option('--config <file>', 'the configuration (default: HOOKYARD_CONFIG, else ./hookyard.yaml)')
    .option('--load <module>', 'a module that exports source types of your own')
    .option('--json', 'print it as JSON')
    .action(async (options: VerifyFlags) => {
      const { verifyRequest } = await import('../verify/verify-request.js');
      process.exitCode = await verifyRequest(options);
    });
}

function gather(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
