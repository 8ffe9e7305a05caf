import { StartupError } from '../errors.js';
import type { DeclaredSource } from './config.js';
import { declareSources } from './declare-sources.js';
import type { LoadConfigInput } from './load-config.js';
import { readConfigFile } from './read-config-file.js';
import { readVariables } from './read-environment.js';
import { entriesOf } from './tree.js';
import { readWebhookSecrets } from './webhook-secrets.js';

/** What somebody needs who speaks to a router as a sender does. */
export interface LoadedSources {
  readonly sources: readonly DeclaredSource[];
  /** `HOOKYARD_PUBLIC_URL`, without a trailing slash. */
  readonly publicUrl: string | undefined;
  readonly port: number;
}

/**
 * The sources of the configuration and where they are reached, by the rules of `loadConfig`; everything else in file and
 * environment is not looked at, so that a developer needs no destination's secrets to send a webhook.
 * @throws StartupError `INVALID_CONFIG` with every problem at once.
 */
export function loadSources({ env = process.env, cwd, catalogue }: LoadConfigInput): LoadedSources {
  const problems = new Set<string>();
  const report = (problem: string): void => void problems.add(problem);
  const { port, publicUrl, configFile } = readVariables(env, cwd, ['port', 'publicUrl', 'configFile'], report);
  const secretsByType = readWebhookSecrets(env, cwd, catalogue, report);
  const file = readConfigFile(configFile, env, cwd, report, ([top]) => top === undefined || top === 'sources');
  const sources = file && declareSources(file, entriesOf(file.tree, 'sources'), catalogue, secretsByType);
  if (problems.size > 0 || sources === undefined) throw new StartupError('INVALID_CONFIG', [...problems]);
  return { sources, publicUrl, port };
}
