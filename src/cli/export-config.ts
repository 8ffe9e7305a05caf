import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { exportConfiguration } from '../routing/export-configuration.js';
import { printJson } from './terminal.js';
import { withDatabase } from './with-database.js';

/**
 * Prints the configuration in force as a hookyard.yaml, with `${…}` for secrets. `secretsFile`: where their values go, readable by its owner
 * only; without it they are named and not written.
 */
export async function exportConfig({
  secretsFile,
  json = false,
}: {
  secretsFile?: string;
  json?: boolean;
}): Promise<void> {
  await withDatabase('config-export', async ({ pool, box }) => {
    const { file, values, left } = await exportConfiguration(pool, box);
    if (secretsFile !== undefined) {
      const lines = [...values].map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
      await writeFile(secretsFile, lines.join(''), { mode: 0o600, flag: 'wx' });
    }
    if (json) return printJson({ file, variables: [...values.keys()], left });
    const comments = [
      ...left.map((what) => `# Not here: ${what}.`),
      ...[...values.keys()].map((name) => `# Needs the variable ${name}.`),
    ];
    console.log([...comments, stringify(file).trimEnd()].join('\n'));
  });
}
