import { transformFile } from '@swc/core';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readlink, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];
const children: ChildProcess[] = [];
let compiled: Promise<string> | undefined;

/** A process that uses the embedded database of a data directory. */
export interface EmbeddedProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly adopted: boolean;
  /** Leaves the database and ends. */
  stop(): Promise<void>;
  /** Ends without a chance to clean up. */
  kill(): Promise<void>;
}

/** An empty folder that every account may enter; `mode` closes it. */
export async function makeFolder(mode = 0o755): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'hookyard-embedded-')));
  await chmod(folder, mode);
  folders.push(folder);
  return folder;
}

/** Starts a process that starts or adopts the database. */
export async function startProcess(dataDir: string, packageDir?: string): Promise<EmbeddedProcess> {
  const child = await launchProcess(dataDir, packageDir);
  const [message] = (await once(child, 'message')) as [{ url: string; adopted: boolean } | { failure: string }];
  if ('failure' in message) throw new Error(message.failure);
  const ended = once(child, 'exit');
  return {
    child,
    ...message,
    stop: async () => {
      child.send('stop');
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The same, not waiting for the database. */
export async function launchProcess(dataDir: string, packageDir?: string): Promise<ChildProcess> {
  const main = join(await (compiled ??= compile()), 'test', 'support', 'embedded-child.js');
  const args = packageDir === undefined ? [dataDir] : [dataDir, packageDir];
  // A process group of its own, as a terminal would give it.
  const child = fork(main, args, { detached: true, execArgv: [] });
  children.push(child);
  return child;
}

/** Waits until a condition holds. */
export async function until(condition: () => Promise<boolean>, timeoutMs = 20_000, everyMs = 20): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !(await condition()); await sleep(everyMs)) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${condition.toString()}`);
  }
}

/** One value out of one query over a connection of its own. */
export async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return (rows as unknown[][])[0]?.[0];
  } finally {
    await client.end();
  }
}

/** The process id in the lock file; `undefined` when no server has one. */
export async function postmasterPid(dataDir: string): Promise<number | undefined> {
  const content = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(() => undefined);
  return content === undefined ? undefined : Number.parseInt(content, 10);
}

/** Ends every process and server that the test left behind, and removes their folders. */
export async function cleanUp(): Promise<void> {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) {
    const pid = await postmasterPid(folder);
    const serves = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (pid && serves.includes('hookyard-embedded-')) {
      process.kill(pid, 'SIGQUIT');
      await until(async () => (await postmasterPid(folder)) !== pid);
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Removes the compiled child; call once, after all tests. */
export async function removeCompiled(): Promise<void> {
  if (compiled) await rm(await compiled, { recursive: true, force: true });
}

/** Child processes run plain JavaScript, whether or not the project has been built. */
async function compile(): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), 'hookyard-compiled-'));
  const embedded = (await readdir(join(ROOT, 'src', 'embedded'))).map((name) => join('src', 'embedded', name));
  for (const file of ['src/errors.ts', 'test/support/embedded-child.ts', ...embedded]) {
    const { code } = await transformFile(join(ROOT, file), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'es6' },
    });
    await mkdir(dirname(join(out, file)), { recursive: true });
    await writeFile(join(out, file.replace(/\.ts$/, '.js')), code);
  }
  await writeFile(join(out, 'package.json'), '{"type":"module"}');
  await symlink(join(ROOT, 'node_modules'), join(out, 'node_modules'));
  return out;
}
