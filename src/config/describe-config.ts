import type { Config } from './config.js';

/** The configuration for one log line at start: secrets only as `set`, `unset` or a number, URLs without credentials. */
export function describeConfig(config: Config): Record<string, unknown> {
  const { http, database, declared } = config;
  return {
    http: { ...http, publicUrl: http.publicUrl ?? 'unset' },
    roles: [...config.roles],
    database:
      database.kind === 'url'
        ? { kind: 'url', url: withoutCredentials(database.url), poolMax: database.poolMax }
        : { kind: 'embedded', poolMax: database.poolMax },
    queue: config.redisUrl === undefined ? 'postgres' : withoutCredentials(config.redisUrl),
    migrate: config.migrate,
    dataDir: config.dataDir,
    apiKey: config.apiKey === undefined ? 'unset' : 'set',
    encryptionKeys: config.encryptionKeys.length,
    allowedNetworks: config.allowedNetworks,
    log: config.log,
    traces: config.traces === undefined ? 'off' : withoutCredentials(config.traces.endpoint),
    alerts: {
      telegram: config.alerts.telegram === undefined ? 'unset' : 'set',
      webhook: declared.alerts.webhook === undefined ? 'unset' : 'set',
    },
    digest: declared.digest ?? 'off',
    monitor: declared.monitor ?? 'off',
    file: declared.file ?? 'none',
    sources: declared.sources.map(({ slug, type, secrets }) => ({ slug, type, secrets: secrets.length })),
    destinations: declared.destinations.map(
      ({ name, url, payload, signingSecrets, resignWith, headers, tls, proxy }) => ({
        name,
        // Not the path either: chat services put a token there.
        origin: new URL(url).origin,
        payload,
        signingSecrets: signingSecrets.length,
        resignWith: resignWith === undefined ? 'unset' : 'set',
        headers: Object.keys(headers).length,
        ...(tls === undefined ? {} : { tls: Object.keys(tls) }),
        ...(proxy === undefined ? {} : { proxy: proxy.url }),
      }),
    ),
    routes: declared.routes.length,
  };
}

/** Scheme, host and path only: parameters can hold a password too (`?password=…`). */
function withoutCredentials(text: string): string {
  const url = URL.parse(text);
  return url === null ? 'set' : `${url.protocol}//${url.host}${url.pathname}`;
}
