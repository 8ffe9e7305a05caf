import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What the data directory's lock file says, checked against the process it names. `alive` is a hint where to knock, never
 * proof that the server is ours: that takes a login.
 */
export type PostmasterState =
  | { readonly kind: 'none' }
  /** It names a process that is no server of this data directory; Postgres itself would refuse to start. */
  | { readonly kind: 'stale'; readonly content: string }
  | { readonly kind: 'alive'; readonly pid: number; readonly port: number | undefined; readonly status: string };

/** A server writes its whole lock file within milliseconds; an empty one this old was left by a crash. */
const EMPTY_IS_STALE_AFTER_MS = 5_000;

/** Whether a server runs, or seems to run, on this data directory. */
export async function inspectPostmaster(data: string): Promise<PostmasterState> {
  const file = lockFile(data);
  const content = await readFile(file, 'utf8').catch(ifMissing);
  if (content === undefined) return { kind: 'none' };
  // pid, data directory, start time, port, socket folder, address, shared memory, status: one a line.
  const lines = content.split('\n');
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  if (!Number.isInteger(pid)) {
    const found = await stat(file).catch(ifMissing);
    if (!found) return { kind: 'none' };
    const old = Date.now() - found.mtimeMs > EMPTY_IS_STALE_AFTER_MS;
    return old ? { kind: 'stale', content } : { kind: 'alive', pid: 0, port: undefined, status: 'starting' };
  }
  if (!isAlive(pid)) return { kind: 'none' };
  if (!(await serves(pid, data))) return { kind: 'stale', content };
  const port = Number.parseInt(lines[3] ?? '', 10);
  return { kind: 'alive', pid, port: port > 0 ? port : undefined, status: lines[7]?.trim() ?? '' };
}

/** Removes a stale lock file, and no other: one written by a new server meanwhile is put back. */
export async function removeStaleLock(data: string, content: string): Promise<void> {
  const aside = `${lockFile(data)}.stale-${randomBytes(4).toString('hex')}`;
  const moved = await rename(lockFile(data), aside).then(() => true, ifMissing);
  if (!moved) return;
  if ((await readFile(aside, 'utf8')) !== content) await link(aside, lockFile(data)).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Whether the server that had this process id has left the data directory. */
export async function isGone(data: string, pid: number): Promise<boolean> {
  const state = await inspectPostmaster(data);
  return state.kind !== 'alive' || state.pid !== pid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the process is a server of this data directory, as far as the system tells. */
async function serves(pid: number, data: string): Promise<boolean> {
  if (process.platform === 'win32') return true;
  if (process.platform !== 'linux') return isServerCommand(await commandByPs(pid), data);
  // A dead server that nobody waits for (a container without an init) still has its id.
  const stats = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (/\) [ZX] /.test(stats)) return false;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === data;
  } catch {
    // Root in a container may not look at the folder of another account's process, but it may read its command line.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return isServerCommand(command, data);
  }
}

function isServerCommand(command: string, data: string): boolean {
  return command.includes('postgres') && command.includes(data);
}

function commandByPs(pid: number): Promise<string> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'command=', '-p', String(pid)], (_error, stdout) => resolve(stdout));
  });
}

function lockFile(data: string): string {
  return join(data, 'postmaster.pid');
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
