import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

/** The built stand-alone router; `npm test` builds first. */
const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** The stand-alone router as a shell would start it, and every byte that it writes. */
export class MainProcess {
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;

  private constructor(
    private readonly cwd: string,
    env: Readonly<Record<string, string>>,
    script: string,
  ) {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [script], {
      cwd,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.child = child;
    // Both streams are read to their end by then.
    this.closed = once(child, 'close');
  }

  /** Starts one (`script`: instead of the built router) in a folder of its own with this hookyard.yaml, and with nothing of our environment but what it is given. */
  static async start(yaml: string, env: Readonly<Record<string, string>>, script = MAIN): Promise<MainProcess> {
    const cwd = await mkdtemp(join(tmpdir(), 'hookyard-main-'));
    await writeFile(join(cwd, 'hookyard.yaml'), yaml);
    return new MainProcess(cwd, env, script);
  }

  get isUp(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The first line of its log about an event; waits for it. */
  async logged(event: string): Promise<Record<string, unknown>> {
    return until(`the log line ${event}`, () => {
      const found = this.lines.find((line) => line['event'] === event);
      if (!found && !this.isUp) throw new Error(`it ended before ${event}: ${this.stdout}${this.stderr}`);
      return found;
    });
  }

  /** Where it listens, once it does. */
  async ready(): Promise<string> {
    return String((await this.logged('ready'))['url']);
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.child.kill(signal);
  }

  /** Its exit code, once it has ended. */
  async exitCode(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }

  /** Ends it, if it still runs, and removes its folder. */
  async remove(): Promise<void> {
    if (this.isUp) this.kill('SIGKILL');
    await this.closed;
    await rm(this.cwd, { recursive: true, force: true });
  }

  /** Its log so far, where that is JSON. */
  get lines(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
