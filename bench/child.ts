import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process under measurement. */
export interface Child {
  /** Where it listens, as its ready line says. */
  readonly url: string;
  readonly readyAfterMs: number;
  /** Resident memory now, in MB; `NaN` where the system does not tell. */
  rssMb(): number;
  /** SIGTERM, then waits; a process that does not end within 30 s is killed. */
  stop(): Promise<void>;
}

/** Starts a Node script, Node itself with `flags`, and waits (at most 60 s) for its line `{"event":"ready","url":…}`. */
export async function startChild(
  script: string,
  env: Record<string, string>,
  cwd = process.cwd(),
  flags: readonly string[] = [],
): Promise<Child> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...flags, script], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const url = await readyUrl(child).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    url,
    readyAfterMs: performance.now() - startedAt,
    rssMb: () => readRssMb(child.pid),
    stop: () => stop(child),
  };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('not ready within 60 s')), 60_000);
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready`)));
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      if (!line.includes('"event":"ready"')) return;
      // From here on the log is only thrown away: reading it line by line would take the processor from what is measured.
      lines.close();
      child.stdout?.resume();
      clearTimeout(late);
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const slow = new AbortController();
  void sleep(30_000, undefined, { signal: slow.signal, ref: false }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await ended;
  slow.abort();
}

function readRssMb(pid: number | undefined): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes) / 1024;
  } catch {
    return Number.NaN;
  }
}
