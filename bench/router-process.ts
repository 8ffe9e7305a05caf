import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const STRIPE_SECRET = 'whsec_bench_secret';
export const API_KEY = 'hky_bench_key_0123456789abcdef';
const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));

export interface RouterProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** From the start of the process to its first ready line. */
  readonly readyAfterMs: number;
  stop(): Promise<void>;
}

/** The built router as a user would start it: a process of its own. `yaml`: destinations and routes. */
export async function startRouterProcess(
  databaseUrl: string,
  yaml: string,
  env: Record<string, string> = {},
): Promise<RouterProcess> {
  const cwd = await mkdtemp(join(tmpdir(), 'hookyard-bench-router-'));
  await writeFile(
    join(cwd, 'hookyard.yaml'),
    `version: 1\nsources:\n  - { slug: stripe, type: stripe, secrets: ["${STRIPE_SECRET}"] }\n${yaml}`,
  );
  const startedAt = performance.now();
  const child = spawn(process.execPath, [MAIN], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      HOOKYARD_API_KEY: API_KEY,
      HOOKYARD_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'info',
      ...env,
    },
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the router ended with ${code}`)));
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      if (!line.includes('"event":"ready"')) return;
      // From here on the log is only thrown away: reading it line by line would take the processor from what is measured.
      lines.close();
      child.stdout.resume();
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
  return {
    url,
    child,
    readyAfterMs: performance.now() - startedAt,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
