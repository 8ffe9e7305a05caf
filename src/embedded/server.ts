import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAccount } from './account.js';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import type { EmbeddedLog } from './embedded-log.js';
import type { HostClaim } from './host-claim.js';
import { inspectPostmaster, isGone } from './postmaster.js';
import { runAs, serverEnvironment } from './run-as.js';
import { serverLogPath, serverLogSize, trimServerLog } from './server-log.js';

/** What every step needs to know about the server. */
export interface ServerSetup {
  readonly cluster: Cluster;
  readonly binaries: Binaries;
  readonly account: ServerAccount;
  readonly claim: HostClaim;
  readonly log: EmbeddedLog;
}

/** A server process we started; whether it ever serves is another matter. */
export interface LaunchedServer {
  readonly pid: number | undefined;
  readonly port: number;
  /** Where its messages begin in the server log. */
  readonly logStart: number;
  /** How it ended, once it has: an exit code, a signal, or why it could not be started. */
  ended(): string | undefined;
}

const FAST_SHUTDOWN_MS = 8_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/**
 * On the command line they win over postgresql.conf and ALTER SYSTEM: a new Hookyard version may change them, and nobody
 * turns off fsync by accident.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_connections: '100',
  shared_buffers: '128MB',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_timeout: '10min',
  // The queue's tables change all the time; a minute between visits lets them bloat.
  autovacuum_naptime: '15s',
  // Short queries gain nothing from these, and parallel ones overflow the 64 MB of /dev/shm that containers get.
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  // Start, stop and what kills the server. A failed statement is its sender's to report, and could carry data.
  log_min_messages: 'log',
  log_checkpoints: 'off',
  cluster_name: 'hookyard',
};

/** Starts a server in a session of its own: Ctrl-C in our terminal must not stop it before we have drained. */
export async function launchServer({ cluster, binaries, account }: ServerSetup, port: number): Promise<LaunchedServer> {
  await trimServerLog(cluster);
  const logStart = await serverLogSize(cluster);
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const output = await open(serverLogPath(cluster), 'a', 0o600);
  try {
    const child = spawn(binaries.postgres, ['-D', cluster.data, ...settings], {
      cwd: cluster.data,
      env: serverEnvironment(),
      stdio: ['ignore', output.fd, output.fd],
      detached: true,
      windowsHide: true,
      ...account.switchTo,
    });
    let ended: string | undefined;
    child.once('error', (error) => (ended = error.message));
    child.once('exit', (code, signal) => (ended = signal ?? `exit code ${code}`));
    child.unref();
    return { pid: child.pid, port, logStart, ended: () => ended };
  } finally {
    await output.close();
  }
}

/** Stops the server of this cluster: at once for its clients, cleanly for its data; roughly if it takes too long. */
export async function stopServer(setup: ServerSetup): Promise<void> {
  const { cluster, log } = setup;
  const state = await inspectPostmaster(cluster.data);
  if (state.kind !== 'alive' || state.pid === 0) return;
  await signalServer(setup, state.pid, 'INT');
  if (await goneWithin(cluster.data, state.pid, FAST_SHUTDOWN_MS)) return;
  log.warn({ pid: state.pid }, 'embedded Postgres is slow to stop; it will recover at its next start');
  await signalServer(setup, state.pid, 'QUIT');
  if (await goneWithin(cluster.data, state.pid, IMMEDIATE_SHUTDOWN_MS)) return;
  log.error({ pid: state.pid }, 'embedded Postgres did not stop');
}

/** Asks a server to end: `INT` for a clean shutdown, `QUIT` for an immediate one. */
export async function signalServer(
  { binaries, account }: ServerSetup,
  pid: number,
  signal: 'INT' | 'QUIT',
): Promise<void> {
  if (process.platform === 'win32') {
    // Windows has no signals; Postgres listens on a pipe that pg_ctl knows.
    await runAs(account, binaries.pgCtl, ['kill', signal, String(pid)], '/');
    return;
  }
  try {
    process.kill(pid, `SIG${signal}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function goneWithin(data: string, pid: number, ms: number): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(20)) {
    if (await isGone(data, pid)) return true;
  }
  return isGone(data, pid);
}
