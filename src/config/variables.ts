import { z } from 'zod';
import {
  apiKeySchema,
  botTokenSchema,
  commandForApiKey,
  commandForEncryptionKey,
  databaseUrlSchema,
  encryptionKeysSchema,
  redisUrlSchema,
  traceHeadersSchema,
} from './credential-schemas.js';
import { botApiRootSchema } from './bot-api-root.js';
import { Refusal, fromText, oneOf } from './from-text.js';
import { didYouMean } from './nearest.js';
import { hostSchema, networksSchema, portSchema, publicUrlSchema, trustProxySchema } from './network-schemas.js';
import { parseHttpUrl } from './http-url.js';
import { decimalNumber, wholeNumber } from './number-schemas.js';
import { rateSchema } from './rate.js';
import { rolesSchema } from './role-schema.js';

/** One environment variable: how it is validated, and what `.env.example` says about it. */
export interface Variable {
  readonly name: string;
  readonly section: 'HTTP' | 'Storage' | 'Process' | 'Secrets' | 'Network' | 'Logs' | 'Traces' | 'Alerts';
  /** What it does, and its default where that is no fixed text. */
  readonly about: string;
  /** From text; every message says what to write, none repeats the value. */
  readonly schema: z.ZodType;
  /** The default, as one would write it. */
  readonly fallback?: string;
  /** What `.env.example` shows where there is no default. */
  readonly sample?: string;
  /** May hold a secret: also read from `<NAME>_FILE`, and a mistake to set without a value. */
  readonly secret?: true;
}

/** Every variable that Hookyard reads, besides `<TYPE>_WEBHOOK_SECRET`: validation and `.env.example` both come from here. */
export const variables = {
  port: {
    name: 'PORT',
    section: 'HTTP',
    about: 'Port for webhooks (and the rest, unless HOOKYARD_MANAGEMENT_PORT is set). 0: any free one.',
    schema: portSchema,
    fallback: '3000',
  },
  host: {
    name: 'HOST',
    section: 'HTTP',
    about: 'Address to listen on.',
    schema: hostSchema,
    fallback: '0.0.0.0',
  },
  managementPort: {
    name: 'HOOKYARD_MANAGEMENT_PORT',
    section: 'HTTP',
    about: 'A port of their own for the API, health and metrics. Default: the same as PORT.',
    schema: portSchema,
    sample: '3001',
  },
  publicUrl: {
    name: 'HOOKYARD_PUBLIC_URL',
    section: 'HTTP',
    about: 'Where the outside world reaches Hookyard. Needed by senders that sign the URL they call.',
    schema: publicUrlSchema,
    sample: 'https://hooks.example.com',
  },
  trustProxy: {
    name: 'HOOKYARD_TRUST_PROXY',
    section: 'HTTP',
    about: 'Believe X-Forwarded-* from these proxies: true (any), false, or addresses and CIDRs.',
    schema: trustProxySchema,
    fallback: 'false',
  },
  apiRate: {
    name: 'HOOKYARD_API_RATE',
    section: 'HTTP',
    about: 'Requests that one key may make to the API of one process, over time; five seconds of it may come at once.',
    schema: rateSchema,
    fallback: '100/s',
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    section: 'Storage',
    about:
      'PostgreSQL 14 to 18. Unset: an embedded one in HOOKYARD_DATA_DIR (in production only if HOOKYARD_EMBEDDED=1).',
    schema: databaseUrlSchema,
    sample: 'postgres://hookyard:password@localhost:5432/hookyard',
    secret: true,
  },
  databasePoolMax: {
    name: 'DATABASE_POOL_MAX',
    section: 'Storage',
    about: 'Database connections that one process may open in all, 12 to 500; each use has its share.',
    schema: wholeNumber(12, 500),
    fallback: '30',
  },
  embedded: {
    name: 'HOOKYARD_EMBEDDED',
    section: 'Storage',
    about:
      '1: the embedded PostgreSQL is meant, also with NODE_ENV=production. 0: never use it. Default: outside production.',
    schema: switchSchema(),
    sample: '1',
  },
  redisUrl: {
    name: 'REDIS_URL',
    section: 'Storage',
    about: 'Redis 6.2+ or Valkey 7.2+ for the queue. Unset: the queue runs on PostgreSQL.',
    schema: redisUrlSchema,
    sample: 'redis://localhost:6379',
    secret: true,
  },
  migrate: {
    name: 'HOOKYARD_MIGRATE',
    section: 'Storage',
    about: 'start: bring the database up to date at every start. never: a job of yours does it.',
    schema: word(['start', 'never']),
    fallback: 'start',
  },
  dataDir: {
    name: 'HOOKYARD_DATA_DIR',
    section: 'Storage',
    about: 'Where the embedded database and generated secrets live.',
    schema: z.string(),
    fallback: './.hookyard',
  },
  roles: {
    name: 'HOOKYARD_ROLE',
    section: 'Process',
    about: 'What this process does: all, or a list of intake, api and worker. api alone means intake,api.',
    schema: rolesSchema,
    fallback: 'all',
  },
  configFile: {
    name: 'HOOKYARD_CONFIG',
    section: 'Process',
    about: 'Sources, destinations and routes. Default: ./hookyard.yaml if it is there.',
    schema: z.string(),
    sample: './hookyard.yaml',
  },
  nodeEnv: {
    name: 'NODE_ENV',
    section: 'Process',
    about: 'production: the embedded database must be asked for.',
    schema: z.string(),
    sample: 'production',
  },
  apiKey: {
    name: 'HOOKYARD_API_KEY',
    section: 'Secrets',
    about: `Bootstrap admin key, 16 characters or more; ${commandForApiKey}`,
    schema: apiKeySchema,
    secret: true,
  },
  encryptionKeys: {
    name: 'HOOKYARD_ENCRYPTION_KEY',
    section: 'Secrets',
    about: `Encrypts stored secrets. Base64 of 32 bytes, "new,old" to rotate; ${commandForEncryptionKey}`,
    schema: encryptionKeysSchema,
    secret: true,
  },
  allowedNetworks: {
    name: 'HOOKYARD_ALLOWED_NETWORKS',
    section: 'Network',
    about: 'Private networks that destinations may be in, as CIDRs with commas between. Default: none.',
    schema: networksSchema,
    sample: '10.0.0.0/8,fd00::/8',
  },
  logLevel: {
    name: 'LOG_LEVEL',
    section: 'Logs',
    about: 'fatal, error, warn, info, debug, trace or silent.',
    schema: word(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    fallback: 'info',
  },
  logFormat: {
    name: 'LOG_FORMAT',
    section: 'Logs',
    about: 'json or pretty. Default: pretty on a terminal, else json.',
    schema: word(['json', 'pretty']),
    sample: 'json',
  },
  traceEndpoint: {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    section: 'Traces',
    about: 'OpenTelemetry collector that takes OTLP over HTTP, without /v1/traces. Unset: no traces.',
    schema: fromText<string>(parseHttpUrl),
    sample: 'http://localhost:4318',
  },
  traceHeaders: {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    section: 'Traces',
    about: 'Sent to the collector with each export: name=value, with commas between.',
    schema: traceHeadersSchema,
    secret: true,
  },
  traceSampleRatio: {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    section: 'Traces',
    about: 'Share of the events that are traced, 0 to 1.',
    schema: decimalNumber(0, 1),
    fallback: '1',
  },
  traceServiceName: {
    name: 'OTEL_SERVICE_NAME',
    section: 'Traces',
    about: 'What the traces call this service.',
    schema: fromText<string>((text) => text),
    fallback: 'hookyard',
  },
  alertBotToken: {
    name: 'TELEGRAM_ALERT_BOT_TOKEN',
    section: 'Alerts',
    about: 'Bot that sends alerts to an admin. Needs TELEGRAM_ALERT_CHAT_ID.',
    schema: botTokenSchema,
    secret: true,
  },
  alertChatId: {
    name: 'TELEGRAM_ALERT_CHAT_ID',
    section: 'Alerts',
    about: 'Chat that the bot writes to: a number, or @channel.',
    schema: fromText<string>((text) =>
      /^(-?\d{1,20}|@[A-Za-z]\w{3,40})$/.test(text) ? text : new Refusal('must be a number or @channel'),
    ),
    sample: '-1001234567890',
  },
  alertApiRoot: {
    name: 'TELEGRAM_ALERT_API_ROOT',
    section: 'Alerts',
    about: 'Where the Telegram Bot API is: Telegram itself, or a Bot API server of your own.',
    schema: botApiRootSchema,
    fallback: 'https://api.telegram.org',
  },
} as const satisfies Record<string, Variable>;

function word<const Words extends readonly string[]>(words: Words) {
  return fromText<Words[number]>((text) => {
    const found = words.find((known) => known === text.toLowerCase());
    return found ?? new Refusal(`must be ${oneOf(words)}.${didYouMean(text, words)}`);
  });
}

function switchSchema() {
  return fromText<boolean>((text) => {
    if (['1', 'true', 'yes', 'on'].includes(text.toLowerCase())) return true;
    return ['0', 'false', 'no', 'off'].includes(text.toLowerCase()) ? false : new Refusal('must be 1 or 0');
  });
}
