import { stringify } from 'yaml';
import { describeConfig } from '../config/describe-config.js';
import { loadConfig } from '../config/load-config.js';
import { builtInSources } from '../sources/catalog.js';

/**
 * Prints what a router would run with this configuration; it connects to nothing. It knows the source types that come with
 * Hookyard; an application with its own has them checked at its start.
 * @throws StartupError with every problem at once.
 */
export function checkConfig(file: string | undefined, { json = false }: { json?: boolean }): void {
  const env = file === undefined ? process.env : { ...process.env, HOOKYARD_CONFIG: file };
  const config = loadConfig({ env, cwd: process.cwd(), catalogue: builtInSources });
  const description = describeConfig(config);
  console.log(json ? JSON.stringify(description, null, 2) : stringify(description).trimEnd());
}
