import type { Command } from 'commander';
import type { NewSourceFlags } from '../new-source/new-source.js';
import { SCHEME_NAMES, SCHEME_TEMPLATES } from '../new-source/scheme-templates.js';

/** `hookyard new-source` */
export function addNewSource(program: Command): void {
  program
    .command('new-source')
    .argument('<name>', 'the type, like acme or acme-pay')
    .description('write a source type that passes its contract at once, for you to change; it asks nothing')
    .option('--scheme <scheme>', `how the sender proves itself: ${SCHEME_NAMES.join(', ')}`, SCHEME_NAMES[0])
    .option('--header <header>', 'the header that holds the signature (default: x-<name>-signature)')
    .option('--docs <url>', "the sender's page on verifying its webhooks")
    .option('--json', 'print it as JSON')
    .addHelpText('after', () => `\nSchemes:\n${schemes()}`)
    .action(async (name: string, options: NewSourceFlags) => {
      const { newSource } = await import('../new-source/new-source.js');
      await newSource(name, options);
    });
}

function schemes(): string {
  return Object.entries(SCHEME_TEMPLATES)
    .map(([name, { about }]) => `  ${name.padEnd(20)}${about}`)
    .join('\n');
}
