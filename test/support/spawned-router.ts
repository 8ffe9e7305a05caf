import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS } from '../../src/start/small-heap.js';
import { routerEnv, SOURCES_YAML, type RouterSettings } from './router.js';
import { until } from './until.js';

/** The built stand-alone router; `npm test` and `npm run test:long` build first. */
const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

export interface SpawnedSettings extends Omit<RouterSettings, 'options' | 'databaseUrl'> {
  /** `undefined`: the embedded Postgres, in the working directory. */
  readonly databaseUrl?: string;
  readonly port?: number;
}

/** A router in a process of its own, which can be killed and started again where it stood. */
export class SpawnedRouter {
  /** Its log, one object a line. */
  readonly lines: Record<string, unknown>[] = [];
  private child: ChildProcess | undefined;

  private constructor(
    readonly cwd: string,
    private readonly env: Record<string, string>,
    public url: string,
  ) {}

  /** Starts one and waits until it is ready. */
  static async start({ yaml, port, databaseUrl, redisUrl, env }: SpawnedSettings): Promise<SpawnedRouter> {
    const cwd = await mkdtemp(join(tmpdir(), 'hookyard-spawned-'));
    await writeFile(join(cwd, 'hookyard.yaml'), SOURCES_YAML + (yaml ?? ''));
    const { DATABASE_URL, ...rest } = routerEnv({ databaseUrl: databaseUrl ?? '', redisUrl, env });
    const own = { LOG_LEVEL: 'info', LOG_FORMAT: 'json', ...(port ? { PORT: String(port) } : {}) };
    const router = new SpawnedRouter(cwd, { ...rest, ...own, ...(DATABASE_URL ? { DATABASE_URL } : {}) }, '');
    await router.launch();
    return router;
  }

  /** Starts the process (again) and waits until it is ready. */
  async launch(withinMs = 30_000): Promise<void> {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [...HEAP_FLAGS, MAIN], {
      cwd: this.cwd,
      env: { PATH, HOME, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const from = this.lines.length;
    createInterface({ input: child.stdout }).on('line', (line) => {
      try {
        this.lines.push(JSON.parse(line) as Record<string, unknown>);
      } catch {
        this.lines.push({ text: line });
      }
    });
    createInterface({ input: child.stderr }).on('line', (line) => this.lines.push({ stderr: line }));
    const ready = await until(
      'the router is ready',
      () => {
        if (!this.isUp) throw new Error(`the router ended: ${JSON.stringify(this.lines.slice(-5))}`);
        return this.lines.slice(from).find(({ event }) => event === 'ready');
      },
      withinMs,
    );
    this.url = String(ready['url']);
  }

  get isUp(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** What it wrote outside its log: crashes. */
  get complaints(): string[] {
    return this.lines.filter((line) => 'stderr' in line).map(({ stderr }) => String(stderr));
  }

  ingress(slug: string): string {
    return `${this.url}/webhooks/${slug}`;
  }

  /** Ends it without a chance to clean up (`SIGKILL`), or as an orchestrator would (`SIGTERM`). Gives its exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const { child } = this;
    if (!child || !this.isUp) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  /** Ends it in order and removes its folder. */
  async remove(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.cwd, { recursive: true, force: true, maxRetries: 3 });
  }
}
