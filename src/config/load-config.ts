import { resolve } from 'node:path';
import { StartupError } from '../errors.js';
import type { SourceDescription } from '../sources/source.js';
import type { Config, DatabaseConfig } from './config.js';
import { declareConfiguration } from './declare-configuration.js';
import { readConfigFile } from './read-config-file.js';
import { type EnvironmentValues, readEnvironment } from './read-environment.js';
import type { Env } from './read-variable.js';
import { readWebhookSecrets } from './webhook-secrets.js';

export interface LoadConfigInput {
  /** Default: `process.env`. */
  readonly env?: Env;
  /** Where relative paths start. */
  readonly cwd: string;
  /** The source types that exist. */
  readonly catalogue: readonly SourceDescription[];
  /** Whether the output is a terminal: logs are pretty there unless `LOG_FORMAT` says otherwise. Default false. */
  readonly isTTY?: boolean;
}

/**
 * The whole configuration, from the environment and hookyard.yaml. It reads files and starts nothing.
 * @throws StartupError `INVALID_CONFIG` with every problem of both at once; no problem holds a value that may be secret.
 */
export function loadConfig({ env = process.env, cwd, catalogue, isTTY = false }: LoadConfigInput): Config {
  const problems = new Set<string>();
  const report = (problem: string): void => void problems.add(problem);

  const values = readEnvironment(env, cwd, report);
  const secretsByType = readWebhookSecrets(env, cwd, catalogue, report);
  const file = readConfigFile(values.configFile, env, cwd, report);
  const declared =
    file && declareConfiguration(file, catalogue, secretsByType, values.allowedNetworks ?? [], values.publicUrl);

  if (problems.size > 0 || declared === undefined) throw new StartupError('INVALID_CONFIG', [...problems]);
  return {
    http: {
      host: values.host,
      port: values.port,
      managementPort: values.managementPort ?? values.port,
      trustProxy: values.trustProxy,
      apiRatePerSecond: values.apiRate,
      publicUrl: values.publicUrl,
    },
    roles: values.roles,
    database: databaseOf(values),
    redisUrl: values.redisUrl,
    migrate: values.migrate,
    dataDir: resolve(cwd, values.dataDir),
    apiKey: values.apiKey,
    encryptionKeys: values.encryptionKeys ?? [],
    allowedNetworks: values.allowedNetworks ?? [],
    log: { level: values.logLevel, format: values.logFormat ?? (isTTY ? 'pretty' : 'json') },
    traces:
      values.traceEndpoint === undefined
        ? undefined
        : {
            endpoint: values.traceEndpoint,
            headers: values.traceHeaders ?? {},
            sampleRatio: values.traceSampleRatio ?? 1,
            serviceName: values.traceServiceName,
          },
    alerts: {
      telegram:
        values.alertBotToken === undefined || values.alertChatId === undefined
          ? undefined
          : { botToken: values.alertBotToken, chatId: values.alertChatId, apiRoot: values.alertApiRoot },
    },
    declared,
  };
}

function databaseOf({ databaseUrl, databasePoolMax: poolMax }: EnvironmentValues): DatabaseConfig {
  return databaseUrl === undefined ? { kind: 'embedded', poolMax } : { kind: 'url', url: databaseUrl, poolMax };
}
