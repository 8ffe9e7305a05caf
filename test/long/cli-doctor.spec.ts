import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../support/free-port.js';
import { HookyardCommand } from '../support/hookyard-command.js';
import { routerEnv, SOURCES_YAML, startRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(120_000);

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

  it('says that Redis does not answer', async () => {
    const { code, by } = await look({ REDIS_URL: 'redis://127.0.0.1:1' });
    expect([code, by['queue']?.verdict]).toEqual([1, 'failed']);
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
    expect([ended.code, ended.by['secrets']]).toEqual([1, expect.objectContaining({ verdict: 'failed' })]);
  });

  it('tells a port that something else has from one where a router is', async () => {
    const other = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { code, by } = await look({ PORT: String((other.address() as AddressInfo).port) });
      expect([code, by['port']?.verdict]).toEqual([1, 'failed']);
    } finally {
      other.close();
    }
  });

  it('needs no database where the embedded one is meant', async () => {
    const { code, by } = await look({ DATABASE_URL: undefined, HOOKYARD_DATA_DIR: './none' });
    expect([code, by['database']?.says]).toEqual([0, expect.stringContaining('embedded')]);
  });
});
