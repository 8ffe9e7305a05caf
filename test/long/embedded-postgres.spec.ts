import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/embedded/start-embedded-postgres.js';
import {
  ask,
  cleanUp,
  launchProcess,
  makeFolder,
  postmasterPid,
  removeCompiled,
  startProcess,
  until,
} from '../support/embedded-process.js';

const AS_ROOT = process.getuid?.() === 0;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
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
afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
  await cleanUp();
});
afterAll(removeCompiled);

/** Does a process of this id exist? */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the embedded database', () => {
  it('is made on first start, and keeps its data, password and port for the second', async () => {
    const dataDir = await makeFolder();
    const first = await start(dataDir);
    expect(first.adopted).toBe(false);
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS value');
    await first.stop();
    expect(await answers(first.url)).toBe(false);

    const began = performance.now();
    const second = await start(dataDir);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'SELECT value FROM kept')).toBe(42);
  }, 60_000);

  it('is reachable from this machine only, with a password only its owner can read, and loses nothing it confirmed', async () => {
    const dataDir = await makeFolder();
    const { url } = await start(dataDir);
    const settings: Record<string, string> = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      server_encoding: 'UTF8',
    };
    for (const [name, value] of Object.entries(settings))
      expect([name, await ask(url, `SHOW ${name}`)]).toEqual([name, value]);
    expect(await ask(url, 'SELECT current_database()')).toBe('hookyard');
    expect(await ask(url, 'SELECT datcollate FROM pg_database WHERE datname = current_database()')).toBe('C');
    expect(await ask(url, `SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules`)).toBe('scram-sha-256');
    expect((await stat(join(dataDir, 'postgres', 'connection.json'))).mode & 0o777).toBe(0o600);
    expect(await answers(url.replace(/:[0-9a-f]+@/, ':wrong@'))).toBe(false);
    expect(await readdir(join(dataDir, 'postgres'))).toEqual(['connection.json', 'data', 'host-claim', 'server.log']);
  }, 60_000);

  it('is adopted after the process that started it was killed', async () => {
    const dataDir = await makeFolder();
    const killed = await startProcess(dataDir);
    const pid = await postmasterPid(dataDir);
    await killed.kill();
    expect(await answers(killed.url)).toBe(true);

    const next = await start(dataDir);
    expect(next.adopted).toBe(true);
    expect(next.url).toBe(killed.url);
    expect(await postmasterPid(dataDir)).toBe(pid);
    await next.stop();
    expect(await postmasterPid(dataDir)).toBeUndefined();
  }, 60_000);

  it('is stopped by the last process out, whichever that is', async () => {
    const dataDir = await makeFolder();
    const first = await startProcess(dataDir);
    const second = await start(dataDir);
    const third = await start(dataDir);
    expect([first.adopted, second.adopted, third.adopted]).toEqual([false, true, true]);
    await first.stop();
    expect(await answers(second.url)).toBe(true);
    // At the same time: neither may leave the server to the other.
    await Promise.all([second.stop(), third.stop()]);
    expect(await answers(first.url)).toBe(false);
    expect(await postmasterPid(dataDir)).toBeUndefined();
  }, 60_000);

  it('runs for a process that comes while the last one leaves', async () => {
    const dataDir = await makeFolder();
    let last = await start(dataDir);
    for (let round = 0; round < 8; round++) {
      const [next] = await Promise.all([start(dataDir), last.stop()]);
      expect(await ask(next.url, 'SELECT 1')).toBe(1);
      last = next;
    }
  }, 60_000);

  it('survives a Ctrl-C in the terminal, so that it can be stopped last', async () => {
    const dataDir = await makeFolder();
    const owner = await startProcess(dataDir);
    process.kill(-owner.child.pid!, 'SIGINT');
    expect(await answers(owner.url)).toBe(true);
    await owner.stop();
    expect(await answers(owner.url)).toBe(false);
  }, 60_000);

  it('starts although its lock file names an unrelated process', async () => {
    const dataDir = await makeFolder();
    const first = await start(dataDir);
    const lockFile = join(dataDir, 'postgres', 'data', 'postmaster.pid');
    const lock = await readFile(lockFile, 'utf8');
    await first.stop();
    // Postgres itself gives way only to a process of its own account.
    const { uid, gid } = await stat(first.dataDirectory);
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', ...(AS_ROOT ? { uid, gid } : {}) });
    try {
      await once(stranger, 'spawn');
      await writeFile(lockFile, lock.replace(/^\d+/, String(stranger.pid)));
      const second = await start(dataDir);
      expect(second.adopted).toBe(false);
      expect(await answers(second.url)).toBe(true);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill('SIGKILL');
    }
  }, 60_000);

  it('comes back on the same port, with all that was confirmed, when its server is killed', async () => {
    const dataDir = await makeFolder();
    const postgres = await start(dataDir);
    const other = await startProcess(dataDir);
    let lost = 0;
    postgres.onLost(() => lost++);
    const restored = new Promise<void>((resolve) => postgres.onRestored(resolve));
    await ask(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS value');
    const pid = (await postmasterPid(dataDir))!;
    process.kill(pid, 'SIGKILL');
    await restored;
    expect(lost).toBe(1);
    expect(await postmasterPid(dataDir)).not.toBe(pid);
    expect(await ask(postgres.url, 'SELECT value FROM kept')).toBe(42);
    // Both processes are back: each alone keeps it running, and the last one stops it.
    const presences = `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'hookyard presence'`;
    await until(async () => (await ask(postgres.url, presences)) === 2);
    await postgres.stop();
    expect(await answers(other.url)).toBe(true);
    await other.stop();
    expect(await answers(other.url)).toBe(false);
  }, 60_000);

  it('stays stopped when it dies just before it is to stop', async () => {
    const dataDir = await makeFolder();
    const moments: ((postgres: EmbeddedPostgres, deadPid: number) => Promise<unknown>)[] = [
      () => Promise.resolve(),
      (postgres) => new Promise<void>((resolve) => postgres.onLost(resolve)),
      // A new server has come as far as its lock file.
      (_postgres, deadPid) =>
        until(async () => ![deadPid, undefined].includes(await postmasterPid(dataDir)), 10_000, 0),
    ];
    for (const moment of moments) {
      const postgres = await start(dataDir);
      const pid = (await postmasterPid(dataDir))!;
      const reached = moment(postgres, pid);
      process.kill(pid, 'SIGKILL');
      await reached;
      await postgres.stop();
      expect(await answers(postgres.url)).toBe(false);
      const left = await postmasterPid(dataDir);
      // A killed process of our own stays visible for a moment, until Node has collected it.
      if (left !== undefined) await until(() => Promise.resolve(!isAlive(left)), 5_000, 20);
    }
  }, 60_000);

  it('is made once when two processes start at the same time', async () => {
    const dataDir = await makeFolder();
    const both = await Promise.all([startProcess(dataDir), startProcess(dataDir)]);
    expect(both.filter(({ adopted }) => adopted)).toHaveLength(1);
    expect(both[0].url).toBe(both[1].url);
    // As root, with the binaries in a closed folder, a copy of them lies here too.
    const made = (await readdir(dataDir)).filter((name) => !name.startsWith('postgres-binaries-'));
    expect(made).toEqual(['postgres']);
    for (const each of both) await each.stop();
    expect(await postmasterPid(dataDir)).toBeUndefined();
  }, 60_000);

  it('is made whole after a first start that was killed half-way', async () => {
    const dataDir = await makeFolder();
    const killed = await launchProcess(dataDir);
    await until(async () => (await readdir(dataDir)).some((name) => name.startsWith('postgres.tmp-')));
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const postgres = await start(dataDir);
    expect(await ask(postgres.url, 'SELECT current_database()')).toBe('hookyard');
  }, 60_000);

  it('takes another port, and not the stranger, when its port is taken', async () => {
    const [dataDir, otherDir] = [await makeFolder(), await makeFolder()];
    const ours = await start(dataDir);
    const stranger = await start(otherDir);
    await ours.stop();
    const file = join(dataDir, 'postgres', 'connection.json');
    const record = JSON.parse(await readFile(file, 'utf8')) as object;
    const takenPort = Number(new URL(stranger.url).port);
    await writeFile(file, JSON.stringify({ ...record, port: takenPort }));

    const again = await start(dataDir);
    expect(again.adopted).toBe(false);
    expect(again.dataDirectory).toBe(join(dataDir, 'postgres', 'data'));
    expect(new URL(again.url).port).not.toBe(String(takenPort));
    expect(await ask(again.url, 'SHOW data_directory')).toBe(again.dataDirectory);
    // The new port is the one to keep.
    await again.stop();
    expect((await start(dataDir)).url).toBe(again.url);
  }, 60_000);

  it('waits for its port when a stranger took it meanwhile, rather than move under the pools that use it', async () => {
    const dataDir = await makeFolder();
    const owner = await startProcess(dataDir);
    const { port } = new URL(owner.url);
    const lost = once(owner.child, 'message');
    const stranger = createServer((socket) => socket.destroy());
    owner.child.kill('SIGSTOP');
    process.kill((await postmasterPid(dataDir))!, 'SIGKILL');
    await until(
      () =>
        new Promise((resolve) => {
          stranger.once('error', () => resolve(false)).listen(Number(port), '127.0.0.1', () => resolve(true));
        }),
    );
    owner.child.kill('SIGCONT');
    expect(await lost).toEqual(['lost', undefined]);
    stranger.close();
    await until(() => answers(owner.url));
    await owner.stop();
  }, 60_000);
});
