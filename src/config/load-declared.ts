import { StartupError } from '../errors.js';
import type { DeclaredConfiguration } from './config.js';
import { declareConfiguration } from './declare-configuration.js';
import type { LoadConfigInput } from './load-config.js';
import { readConfigFile } from './read-config-file.js';
import { readVariables } from './read-environment.js';
import { readWebhookSecrets } from './webhook-secrets.js';

/**
 * What hookyard.yaml and the `<TYPE>_WEBHOOK_SECRET` variables declare, by the rules of `loadConfig`, for who runs no router and needs none
 * of its other settings.
 * @throws StartupError `INVALID_CONFIG` with every problem at once.
 */
export function loadDeclared({ env = process.env, cwd, catalogue }: LoadConfigInput): DeclaredConfiguration {
  const problems = new Set<string>();
  const report = (problem: string): void => void problems.add(problem);
  const values = readVariables(env, cwd, ['configFile', 'allowedNetworks', 'publicUrl'], report);
  const secretsByType = readWebhookSecrets(env, cwd, catalogue, report);
  const file = readConfigFile(values.configFile, env, cwd, report);
  const declared =
    file && declareConfiguration(file, catalogue, secretsByType, values.allowedNetworks ?? [], values.publicUrl);
  if (problems.size > 0 || declared === undefined) throw new StartupError('INVALID_CONFIG', [...problems]);
  return declared;
}
