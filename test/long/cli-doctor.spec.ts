import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from '../support/free-port.js';
import { HookyardCommand } from '../support/hookyard-command.js';
import { routerEnv, SOURCES_YAML, startRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(120_000);

/** Loaded into the command before anything else, to give it what no test can have: an old server, a pooler between, a wrong clock, a full disk. */
const PRETEND = {
  version: [`if (row?.version !== undefined) row.version = 130014;`, ''],
  pooling: [`if (row?.pid !== undefined) row.pid = (pids += 1);`, ''],
  clock: ['', `const now = Date.now; Date.now = () => now() + 60_000;`],
  disk: ['', `fs.promises.statfs = async () => ({ bavail: 1, bsize: 1024 }); syncBuiltinESMExports();`],
} as const;

function pretending([onRow, more]: readonly [string, string]): string {
  return `import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
const { Client } = createRequire(${JSON.stringify(import.meta.url)})('pg');
const query = Client.prototype.query;
let pids = 0;
Client.prototype.query = function (...args) {
  const asked = query.apply(this, args);
  if (typeof asked?.then !== 'function') return asked;
  return asked.then((result) => { const row = result.rows?.[0]; ${onRow} return result; });
};
${more}
`;
}

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly says: string;
  readonly cure?: string;
}

describe('hookyard doctor', () => {
  let database: TestDatabase;
  let hookyard: HookyardCommand;
  beforeAll(async () => {
    database = await createTestDatabase();
    hookyard = new HookyardCommand(routerEnv({ databaseUrl: database.url }));
    writeFileSync(join(hookyard.folder, 'hookyard.yaml'), SOURCES_YAML);
  });
  afterAll(async () => {
    await hookyard.remove();
    await database.drop();
  });

  const look = async (env: Record<string, string | undefined> = {}) => {
    const { code, stdout } = await hookyard.run(['doctor', '--json'], env);
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
    return { code, ok, by: Object.fromEntries(findings.map((finding) => [finding.check, finding])) };
  };

  it('finds nothing wrong where nothing is, whether a router runs or not, and prints it for people', async () => {
    const port = await freePort();
    await hookyard.run(['migrate']);
    const down = await look({ PORT: String(port) });
    expect([down.code, down.ok]).toEqual([0, true]);
    expect(new Set(Object.values(down.by).map(({ verdict }) => verdict))).toEqual(new Set(['ok']));
    expect(down.by['port']?.says).toContain('free');
    const router = await startRouter({ databaseUrl: database.url, env: { PORT: String(port) } });
    try {
      const { code, stdout } = await hookyard.run(['doctor'], { PORT: String(port) });
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ok +configuration +Valid: 3 sources/);
      expect(stdout).toMatch(/ok +port +A router runs at port \d+, and is ready/);
    } finally {
      await router.close();
    }
  });

  it('looks at everything else though the configuration is wrong, and tells no secret', async () => {
    const { code, by } = await look({ PORT: 'many', HOOKYARD_API_KEY: 'short-secret' });
    expect([code, by['configuration']?.verdict, by['database']?.verdict]).toEqual([1, 'failed', 'ok']);
    expect(by['configuration']?.says).toMatch(/PORT:/);
    expect(JSON.stringify(by)).not.toContain('short-secret');
    expect(by['configuration']?.cure).toContain('config check');
  });

  it.each([
    ['nobody listens', (url: URL) => (url.port = '1'), /ECONNREFUSED/, /Start it/],
    ['the password is wrong', (url: URL) => (url.password = 'wrong-one'), /28P01|28000/, /password/],
    ['there is no such database', (url: URL) => (url.pathname = '/nowhere'), /3D000/, /Create/],
  ])('says that the database lets nobody in, and what helps: %s', async (_why, spoil, says, cure) => {
    const url = new URL(database.url);
    spoil(url);
    const { code, by } = await look({ DATABASE_URL: url.href });
    expect([code, by['database']?.verdict, by['migrations']?.verdict]).toEqual([1, 'failed', 'skipped']);
    expect(by['database']?.says).toMatch(says);
    expect(by['database']?.cure).toMatch(cure);
    expect(JSON.stringify(by)).not.toContain('wrong-one');
  });

  it('counts connections against what the server allows', async () => {
    const { code, by } = await look({ DATABASE_POOL_MAX: '500' });
    expect([code, by['connections']]).toEqual([
      1,
      expect.objectContaining({ verdict: 'failed', cure: expect.stringContaining('DATABASE_POOL_MAX') }),
    ]);
  });

  it('misses migrations: a warning where the start makes them, a failure where it does not', async () => {
    const empty = await createTestDatabase();
    try {
      expect((await look({ DATABASE_URL: empty.url })).by['migrations']?.verdict).toBe('warning');
      const never = await look({ DATABASE_URL: empty.url, HOOKYARD_MIGRATE: 'never' });
      expect([never.code, never.by['migrations']?.cure]).toEqual([1, expect.stringContaining('hookyard migrate')]);
    } finally {
      await empty.drop();
    }
  });

  it.each([
    ['version', /PostgreSQL 13/, /needs 14 to 18: upgrade/],
    ['pooling', /pools by transaction/, /pool_mode = session/],
    ['clock', /(59|60|61)\.\d s ahead of/, /time service/],
    ['disk', /0\.0 GiB are free/, /Make room|larger disk/],
  ] as const)('fails on a bad %s, and says what helps', async (check, says, cure) => {
    const file = join(hookyard.folder, `${check}.mjs`);
    writeFileSync(file, pretending(PRETEND[check]));
    const { code, by } = await look({ NODE_OPTIONS: `--import=${pathToFileURL(file).href}` });
    const wrong = Object.values(by).filter(({ verdict }) => verdict === 'failed');
    expect([code, wrong.map((finding) => finding.check)]).toEqual([1, [check]]);
    expect(by[check]?.says).toMatch(says);
    expect(by[check]?.cure).toMatch(cure);
  });

  it('says that Redis does not answer, and where an emptied one leaves the deliveries', async () => {
    const { code, by } = await look({ REDIS_URL: 'redis://:very-secret@127.0.0.1:1' });
    expect([code, by['queue']?.verdict]).toEqual([1, 'failed']);
    expect(by['queue']?.cure).toMatch(/REDIS_URL.*Nothing is lost/);
    expect(JSON.stringify(by)).not.toContain('very-secret');
  });

  it('refuses a Redis that is too old', async () => {
    const info = 'redis_version:6.0.16\r\n';
    // As much of Redis as is asked: every command is an array, INFO gets its answer, the others an OK.
    const old = createTcpServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (chunk) => {
          for (const [, name] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
            socket.write(name?.toLowerCase() === 'info' ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
        });
    }).listen(0, '127.0.0.1');
    await once(old, 'listening');
    try {
      const { code, by } = await look({ REDIS_URL: `redis://127.0.0.1:${(old.address() as AddressInfo).port}` });
      expect([code, by['queue']]).toEqual([
        1,
        expect.objectContaining({
          verdict: 'failed',
          says: 'This is Redis 6.0.',
          cure: expect.stringMatching(/6\.2.*upgrade/),
        }),
      ]);
    } finally {
      old.close();
    }
  });

  it('knows secrets that have ended, and those that end soon', async () => {
    const withEnd = (at: Date): string => `version: 1
sources:
  - { slug: stripe, type: stripe, secrets: [{ value: whsec_one, notAfter: "${at.toISOString()}" }] }
`;
    writeFileSync(join(hookyard.folder, 'ending.yaml'), withEnd(new Date(Date.now() + 86_400_000)));
    writeFileSync(join(hookyard.folder, 'ended.yaml'), withEnd(new Date(Date.now() - 86_400_000)));
    const soon = await look({ HOOKYARD_CONFIG: 'ending.yaml' });
    expect([soon.code, soon.by['secrets']?.verdict]).toEqual([0, 'warning']);
    const ended = await look({ HOOKYARD_CONFIG: 'ended.yaml' });
    expect([ended.code, ended.by['secrets']]).toEqual([
      1,
      expect.objectContaining({ verdict: 'failed', cure: expect.stringContaining('notAfter') }),
    ]);
    expect(soon.by['secrets']?.cure).toContain('next secret');
  });

  it('tells a port that something else has from one where a router is', async () => {
    const other = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { code, by } = await look({ PORT: String((other.address() as AddressInfo).port) });
      expect([code, by['port']?.verdict]).toEqual([1, 'failed']);
      expect(by['port']?.cure).toContain('another PORT');
    } finally {
      other.close();
    }
  });

  it('tells a port that something without HTTP has, and a router that is not ready', async () => {
    const silent = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    const unready = createServer((_request, response) => response.writeHead(503).end('{"status":"error"}')).listen(
      0,
      '127.0.0.1',
    );
    await Promise.all([once(silent, 'listening'), once(unready, 'listening')]);
    try {
      const [taken, waits] = await Promise.all(
        [silent, unready].map((server) => look({ PORT: String((server.address() as AddressInfo).port) })),
      );
      expect([taken?.code, taken?.by['port']?.cure]).toEqual([1, expect.stringContaining('another PORT')]);
      expect([waits?.code, waits?.by['port']]).toEqual([
        0,
        expect.objectContaining({ verdict: 'warning', cure: expect.stringContaining('/health/ready') }),
      ]);
    } finally {
      silent.close();
      unready.close();
    }
  });

  it('says when the embedded database is there and cannot be used', async () => {
    mkdirSync(join(hookyard.folder, 'spoiled', 'postgres'), { recursive: true });
    writeFileSync(join(hookyard.folder, 'spoiled', 'postgres', 'connection.json'), '{ half');
    const { code, by } = await look({ DATABASE_URL: undefined, HOOKYARD_DATA_DIR: './spoiled' });
    expect([code, by['database']]).toEqual([
      1,
      expect.objectContaining({ verdict: 'failed', cure: expect.stringContaining('HOOKYARD_DATA_DIR') }),
    ]);
  });

  it('needs no database where the embedded one is meant', async () => {
    const { code, by } = await look({ DATABASE_URL: undefined, HOOKYARD_DATA_DIR: './none' });
    expect([code, by['database']?.says]).toEqual([0, expect.stringContaining('embedded')]);
  });
});
