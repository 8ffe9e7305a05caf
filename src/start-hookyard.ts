import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import type { Config } from './config/config.js';
import { describeConfig } from './config/describe-config.js';
import { loadConfig } from './config/load-config.js';
import { installationId } from './database/installation-id.js';
import type { ApplicationMigrations } from './database/migration-source.js';
import { ensurePartitions } from './database/partitions.js';
import { SecretBox } from './database/secret-box.js';
import { StartupError } from './errors.js';
import { Readiness } from './health/readiness.js';
import { queueConnection } from './queue/queue-connection.js';
import { catalogueProblems, catalogueWith } from './sources/catalog.js';
import type { SourceDescription } from './sources/source.js';
import { ApiEntrance } from './operations/access/api-entrance.js';
import { boundConnections } from './start/bound-connections.js';
import { ApiGate, createAdapter, listenFailed, listenForManagement } from './start/http-server.js';
import { prepareDatabase, type PreparedDatabase } from './start/prepare-database.js';
import { secretsOf } from './start/generated-secrets.js';
import { shutDown } from './start/shut-down.js';
import { endAtOnceOnSignals, endOnSignals } from './start/signals.js';
import { startStages, warnOfBusy } from './start/start-stages.js';
import { warnOfExpiry } from './start/warn-of-expiry.js';
import { createLog, nestLogger, type Log } from './telemetry/log.js';

export interface HookyardOptions {
  /** Your Nest modules: handlers, controllers, entities registered with `TypeOrmModule.forFeature`. */
  readonly imports?: NonNullable<DynamicModule['imports']>;
  /** Your source types, beside the built-in ones. */
  readonly sources?: readonly SourceDescription[];
  /** Your TypeORM migrations; they run after ours, before anything else of yours. */
  readonly migrations?: ApplicationMigrations;
  /** Read instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start; default: the working directory. */
  readonly cwd?: string;
  /** End with the process's signals (SIGTERM, SIGINT); default true. */
  readonly handleSignals?: boolean;
}

export interface Hookyard {
  /** Where providers call: `http://<host>:<port>`. */
  readonly url: string;
  /** Where the API and the probes are; the same as `url` unless they have a port of their own. */
  readonly managementUrl: string;
  /** For your own tests: `hookyard.app.get(OrdersService)`. */
  readonly app: INestApplicationContext;
  /** Ends everything in order: takes nothing new, finishes what is under way, stops the embedded database last. */
  close(): Promise<void>;
}

/**
 * Starts a router. Resolves when it listens and is ready.
 * @throws StartupError when the configuration, the handlers or the database cannot be used; its `problems` say what to change.
 */
export async function startHookyard(options: HookyardOptions = {}): Promise<Hookyard> {
  const catalogue = catalogueWith(options.sources ?? []);
  const wrong = catalogueProblems(catalogue);
  if (wrong.length > 0) throw new StartupError('INVALID_CONFIG', wrong);
  const config = loadConfig({
    env: options.env,
    cwd: options.cwd ?? process.cwd(),
    catalogue,
    isTTY: process.stdout.isTTY,
  });
  const log = createLog(config.log);
  log.info({ event: 'starting', ...describeConfig(config) }, 'Hookyard starts');
  warnOfUnverified(config, catalogue, log);
  warnOfExpiry(config.declared, log, new Date());
  const hearSignals = (options.handleSignals ?? true) ? endAtOnceOnSignals() : undefined;
  try {
    const database = await prepareDatabase(config, log, options.migrations ?? []);
    try {
      return await startOn(database, config, log, catalogue, await secretsOf(config), options);
    } catch (error) {
      await database.stop().catch(() => undefined);
      throw error;
    }
  } finally {
    hearSignals?.();
  }
}

async function startOn(
  database: PreparedDatabase,
  config: Config,
  log: Log,
  catalogue: readonly SourceDescription[],
  secrets: Awaited<ReturnType<typeof secretsOf>>,
  options: HookyardOptions,
): Promise<Hookyard> {
  const { url: databaseUrl, pools } = database;
  const queue = queueConnection(
    config.redisUrl,
    databaseUrl,
    config.database.poolMax,
    await installationId(pools.work),
  );
  await ensurePartitions(pools.work, warnOfBusy(log));
  const box = new SecretBox(secrets.encryptionKeys);
  const foundations = { config, log, databaseUrl, pools, box, queue, catalogue, apiKey: secrets.apiKey };
  const gate = new ApiGate();
  const adapter = createAdapter(config, gate);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with(foundations, options.imports ?? []),
    adapter,
    {
      logger: nestLogger(log),
      bodyParser: false,
      abortOnError: false,
    },
  );
  if (config.roles.has('api')) {
    const entrance = app.get(ApiEntrance, { strict: false });
    gate.admit = (request) => entrance.admit(request);
  }
  const stages = await app
    .init()
    .then(() => startStages(app, config, log))
    .catch(async (error: unknown) => {
      await app.close().catch(() => undefined);
      throw error;
    });
  let management: Server | undefined;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= shutDown({ app, adapter, management, stages, database, log }));
  try {
    const { host, port } = config.http;
    boundConnections(adapter.getInstance().server, log);
    await app.listen(port, host).catch(listenFailed('PORT', port, host));
    management = await listenForManagement(config, adapter);
    app.get(Readiness).up();
    const url = urlOf(config.http.host, app.getHttpServer().address() as AddressInfo);
    const managementUrl = management ? urlOf(config.http.host, management.address() as AddressInfo) : url;
    log.info({ event: 'ready', url, managementUrl, apiKeyFile: secrets.apiKeyFile }, 'Hookyard is ready');
    stages.monitor?.start(url);
    if (options.handleSignals ?? true) endOnSignals(close, log);
    return { url, managementUrl, app, close };
  } catch (error) {
    // The stages are at work already: what they have taken and sent is finished, or it would be sent twice.
    await close().catch(() => undefined);
    throw error;
  }
}

function warnOfUnverified(config: Config, catalogue: readonly SourceDescription[], log: Log): void {
  for (const { slug, type, verification } of config.declared.sources) {
    const scheme = catalogue.find((description) => description.type === type)?.scheme;
    if (scheme && !scheme.needsSecret) {
      log.warn({ event: 'source.unverified', source: slug, because: scheme.because }, 'anyone can post to this source');
    }
    if (verification === 'shadow') {
      log.warn({ event: 'source.shadow', source: slug }, 'shadow mode: this source takes what it cannot verify');
    }
  }
}

function urlOf(host: string, { port }: AddressInfo): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
