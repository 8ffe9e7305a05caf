import { describe, expect, it } from '@jest/globals';
import { problemsWith, tryConfig } from './try-config.js';

const key = Buffer.alloc(32, 7).toString('base64');
const oldKey = Buffer.alloc(32, 8).toString('base64');
const withDatabase = {
  DATABASE_URL: 'postgres://hookyard:pa55@db:5432/hookyard',
  HOOKYARD_API_KEY: 'a-key-of-16-chars',
  HOOKYARD_ENCRYPTION_KEY: key,
};
const problems = (env: Record<string, string>, files = {}) => problemsWith({ env, files });

describe('the environment', () => {
  it('may be empty: everything has a default, with the embedded database', () => {
    const { declared, dataDir, roles, ...rest } = tryConfig({});
    expect(rest).toEqual({
      http: {
        host: '0.0.0.0',
        port: 3000,
        managementPort: 3000,
        trustProxy: false,
        publicUrl: undefined,
        apiRatePerSecond: 100,
      },
      database: { kind: 'embedded', poolMax: 30 },
      redisUrl: undefined,
      migrate: 'start',
      apiKey: undefined,
      encryptionKeys: [],
      allowedNetworks: [],
      log: { level: 'info', format: 'json' },
      alerts: { telegram: undefined },
    });
    expect(declared).toMatchObject({ file: undefined, sources: [], destinations: [], routes: [] });
    expect([...roles]).toEqual(['intake', 'api', 'worker']);
    expect(dataDir).toMatch(/^[/\\A-Z].*[/\\]\.hookyard$/);
  });

  it('gives every variable its place', () => {
    const config = tryConfig({
      env: {
        ...withDatabase,
        PORT: '8080',
        HOST: '::',
        HOOKYARD_MANAGEMENT_PORT: '9090',
        HOOKYARD_PUBLIC_URL: 'https://hooks.example.com/base/',
        HOOKYARD_TRUST_PROXY: '10.1.2.3, fd00::/8',
        DATABASE_POOL_MAX: '25',
        REDIS_URL: 'rediss://cache:6380/1',
        HOOKYARD_MIGRATE: 'never',
        HOOKYARD_DATA_DIR: '/var/lib/hookyard',
        HOOKYARD_ENCRYPTION_KEY: `${key}, ${oldKey}`,
        HOOKYARD_ALLOWED_NETWORKS: '10.9.8.7/8,fd00::1/8,192.168.1.1',
        LOG_LEVEL: 'DEBUG',
        LOG_FORMAT: 'pretty',
        TELEGRAM_ALERT_BOT_TOKEN: `123456789:${'A'.repeat(35)}`,
        TELEGRAM_ALERT_CHAT_ID: '-1001234567890',
      },
    });
    expect(config).toMatchObject({
      http: {
        port: 8080,
        host: '::',
        managementPort: 9090,
        publicUrl: 'https://hooks.example.com/base',
        trustProxy: ['10.1.2.3/32', 'fd00::/8'],
      },
      database: { kind: 'url', url: withDatabase.DATABASE_URL, poolMax: 25 },
      redisUrl: 'rediss://cache:6380/1',
      migrate: 'never',
      dataDir: '/var/lib/hookyard',
      apiKey: withDatabase.HOOKYARD_API_KEY,
      allowedNetworks: ['10.0.0.0/8', 'fd00::/8', '192.168.1.1/32'],
      log: { level: 'debug', format: 'pretty' },
      alerts: { telegram: { botToken: `123456789:${'A'.repeat(35)}`, chatId: '-1001234567890' } },
    });
    expect(config.encryptionKeys.map((bytes) => bytes[0])).toEqual([7, 8]);
  });

  it.each([
    ['all', ['intake', 'api', 'worker']],
    ['api', ['intake', 'api']],
    ['worker', ['worker']],
    ['intake', ['intake']],
    ['api, worker', ['api', 'worker']],
    ['all,worker', ['intake', 'api', 'worker']],
  ])('HOOKYARD_ROLE=%s means %j', (text, roles) => {
    expect([...tryConfig({ env: { HOOKYARD_ROLE: text } }).roles]).toEqual(roles);
  });

  it('logs prettily on a terminal unless told otherwise', () => {
    expect(tryConfig({ isTTY: true }).log.format).toBe('pretty');
    expect(tryConfig({ isTTY: true, env: { LOG_FORMAT: 'json' } }).log.format).toBe('json');
  });

  it('takes an empty value as none, except where it may be a secret', () => {
    expect(tryConfig({ env: { PORT: '', LOG_LEVEL: ' ' } }).http.port).toBe(3000);
    expect(problems({ DATABASE_URL: '', HOOKYARD_API_KEY: ' ', REDIS_URL: '' })).toEqual(
      expect.arrayContaining([
        'DATABASE_URL: is set but empty; give it a value or take it out',
        'HOOKYARD_API_KEY: is set but empty; give it a value or take it out',
        'REDIS_URL: is set but empty; give it a value or take it out',
      ]),
    );
  });

  it.each([
    ['PORT', 'http', 'must be a port from 0 to 65535'],
    ['PORT', '65536', 'must be a port from 0 to 65535'],
    ['HOOKYARD_MANAGEMENT_PORT', 'tcp://10.0.0.1:80', 'enableServiceLinks'],
    ['HOST', 'http://0.0.0.0', 'without scheme and port'],
    ['HOOKYARD_PUBLIC_URL', 'hooks.example.com', 'is no URL; write it whole'],
    ['HOOKYARD_PUBLIC_URL', 'ftp://example.com', 'must start with https:// or http://'],
    ['HOOKYARD_PUBLIC_URL', 'https://u:p@example.com', 'holds a user name or password'],
    ['HOOKYARD_PUBLIC_URL', 'https://example.com/?a=b', 'has a query'],
    ['HOOKYARD_TRUST_PROXY', '1', 'must be "true", "false" or the addresses'],
    ['HOOKYARD_ALLOWED_NETWORKS', '10', 'write CIDRs'],
    ['HOOKYARD_ALLOWED_NETWORKS', '10.0.0.0/33', 'write CIDRs'],
    ['HOOKYARD_ALLOWED_NETWORKS', '0x7f.1', 'write CIDRs'],
    ['HOOKYARD_ALLOWED_NETWORKS', '10.0.0.0/8/8', 'write CIDRs'],
    ['HOOKYARD_ALLOWED_NETWORKS', '10.0.0.0/', 'write CIDRs'],
    ['HOOKYARD_ALLOWED_NETWORKS', 'fe80::1%eth0', 'write CIDRs'],
    ['HOOKYARD_ROLE', 'wroker', 'Did you mean "worker"?'],
    ['HOOKYARD_ROLE', ',', 'must be "all", or a list'],
    ['HOOKYARD_MIGRATE', 'always', 'must be "start" or "never"'],
    ['HOOKYARD_EMBEDDED', 'maybe', 'must be 1 or 0'],
    ['LOG_LEVEL', 'warning', 'Did you mean "warn"?'],
    ['LOG_FORMAT', 'text', 'must be "json" or "pretty"'],
    ['DATABASE_POOL_MAX', '1', 'must be a whole number from 12 to 500'],
    ['REDIS_URL', 'localhost:6379', 'must look like redis://'],
  ])('refuses %s=%s and says what to write', (name, value, message) => {
    expect(problems({ [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${name}: .*${message.replaceAll(/[?()]/g, '\\$&')}`)),
    ]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://u:p@h/d', 'must look like postgres://'],
    ['DATABASE_URL', 'postgres://u:p#w@h/d', 'percent-encode'],
    ['DATABASE_URL', 'postgres://u:100%@h/d', 'write %25'],
    ['HOOKYARD_API_KEY', 'fifteen-letters', 'shorter than 16 characters; make one with: openssl rand -hex 32'],
    ['HOOKYARD_API_KEY', 'with spaces in between', 'without spaces; make one with: openssl rand -hex 32'],
    ['HOOKYARD_ENCRYPTION_KEY', 'AAAA', 'make one with: openssl rand -base64 32'],
    ['HOOKYARD_ENCRYPTION_KEY', key.slice(0, -1), 'exactly 32 bytes'],
    ['HOOKYARD_ENCRYPTION_KEY', `${key},`, 'exactly 32 bytes'],
    ['HOOKYARD_ENCRYPTION_KEY', key.replace('=', '!'), 'exactly 32 bytes'],
    ['HOOKYARD_EMBEDDED', '1', 'DATABASE_URL is set as well'],
  ])('with a database, refuses %s=%s', (name, value, message) => {
    expect(problems({ ...withDatabase, [name]: value })).toEqual([expect.stringContaining(message)]);
  });

  it('wants both keys with a database, and gives the commands that make them', () => {
    expect(problems({ DATABASE_URL: withDatabase.DATABASE_URL })).toEqual([
      expect.stringMatching(/^HOOKYARD_API_KEY: is missing.*openssl rand -hex 32$/),
      expect.stringMatching(/^HOOKYARD_ENCRYPTION_KEY: is missing.*openssl rand -base64 32$/),
    ]);
  });

  it('takes a database without a host, for Unix sockets', () => {
    const url = 'postgres:///hookyard?host=/run/postgresql';
    expect(tryConfig({ env: { ...withDatabase, DATABASE_URL: url } }).database).toMatchObject({ url });
  });

  it('uses the embedded database in production only when asked to', () => {
    expect(problems({ NODE_ENV: 'production' })).toEqual([expect.stringContaining('HOOKYARD_EMBEDDED=1')]);
    expect(problems({ NODE_ENV: 'production', HOOKYARD_EMBEDDED: '1' })).toEqual([]);
    expect(problems({ NODE_ENV: 'production', ...withDatabase })).toEqual([]);
    expect(problems({ HOOKYARD_EMBEDDED: '0' })).toEqual([expect.stringContaining('DATABASE_URL: is missing')]);
  });

  it('wants the alert bot and its chat together', () => {
    expect(problems({ TELEGRAM_ALERT_CHAT_ID: '1' })).toEqual([expect.stringContaining('TELEGRAM_ALERT_BOT_TOKEN: ')]);
    expect(problems({ TELEGRAM_ALERT_BOT_TOKEN: `1234567:${'x'.repeat(35)}` })).toEqual([
      expect.stringContaining('TELEGRAM_ALERT_CHAT_ID: is missing'),
    ]);
    expect(problems({ TELEGRAM_ALERT_BOT_TOKEN: 'x', TELEGRAM_ALERT_CHAT_ID: 'x y' })).toHaveLength(2);
  });

  it('refuses a HOOKYARD_ variable that it does not know, and leaves those of the commands, of Kubernetes and of others alone', () => {
    expect(problems({ HOOKYARD_ROLES: 'all', HOOKYARD_ROLE_FILE: 'x', HOOKYARD_XYZ: 'x' })).toEqual([
      'HOOKYARD_ROLES: is not a variable of Hookyard; take it out. Did you mean "HOOKYARD_ROLE"?',
      expect.stringContaining('HOOKYARD_ROLE_FILE: is not a variable'),
      'HOOKYARD_XYZ: is not a variable of Hookyard; take it out.',
    ]);
    const links = {
      HOOKYARD_URL: 'https://hooks.example.com',
      HOOKYARD_TOKEN_FILE: '/run/secrets/token',
      HOOKYARD_PORT: 'tcp://10.0.0.1:3000',
      HOOKYARD_SERVICE_HOST: '10.0.0.1',
      HOOKYARD_SERVICE_PORT_HTTP: '3000',
      HOOKYARD_PORT_3000_TCP_ADDR: '10.0.0.1',
      HOOKYARD_API_PORT: 'tcp://10.0.0.1:3000',
    };
    expect(problems({ ...links, PATH: '/bin', LOG_LEVELS: 'x' })).toEqual([]);
  });
});

describe('a secret in a file', () => {
  it('is read, with one newline at the end taken off', () => {
    const files = { 'run/url': `${withDatabase.DATABASE_URL}\n`, 'run/key': `${key}\r\n` };
    const env = {
      DATABASE_URL_FILE: 'run/url',
      HOOKYARD_API_KEY: withDatabase.HOOKYARD_API_KEY,
      HOOKYARD_ENCRYPTION_KEY_FILE: './run/key',
    };
    const config = tryConfig({ env, files });
    expect(config.database).toMatchObject({ url: withDatabase.DATABASE_URL });
    expect(config.encryptionKeys).toHaveLength(1);
  });

  it('is a problem when the variable is set too, or when the file is no use', () => {
    const env = {
      ...withDatabase,
      DATABASE_URL_FILE: 'x',
      REDIS_URL_FILE: 'nope',
      TELEGRAM_ALERT_BOT_TOKEN_FILE: 'empty',
    };
    expect(problems({ ...env, TELEGRAM_ALERT_CHAT_ID: '1' }, { empty: '\n' })).toEqual([
      'DATABASE_URL and DATABASE_URL_FILE are both set; keep one of them',
      expect.stringMatching(/^REDIS_URL_FILE: the file that it names cannot be read \(ENOENT\)/),
      'TELEGRAM_ALERT_BOT_TOKEN_FILE: the file that it names is empty; write the secret into it',
    ]);
    expect(problems({ REDIS_URL_FILE: '' })).toEqual([expect.stringContaining('has no name; write its path')]);
  });
});
