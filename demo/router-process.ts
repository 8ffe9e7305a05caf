import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./demo-router.js', import.meta.url));
const START_WITHIN_MS = 60_000;
/** A router ends within 10 s of being asked to. */
const STOP_WITHIN_MS = 15_000;
const LOG_LINES = 40;

/** The router as the operating system sees it: something to start, to kill and to stop. */
export class RouterProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
    readonly url: string,
  ) {}

  /** Starts one on the data in `folder`; its log lines go to `log`. */
  static async start(folder: string, log: LogTail, signal: AbortSignal): Promise<RouterProcess> {
    signal.throwIfAborted();
    // A process group of its own: Ctrl-C reaches the demo only, which then stops it in order.
    const child = fork(PROGRAM, [folder], { detached: true, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [child.stdout, child.stderr]) if (stream) log.follow(stream);
    const ended = once(child, 'exit');
    const patience = AbortSignal.any([signal, AbortSignal.timeout(START_WITHIN_MS)]);
    try {
      const started = once(child, 'message', { signal: patience }) as Promise<[{ url: string }]>;
      const failed = ended.then(([code]: unknown[]) =>
        Promise.reject(new Error(`the router ended with code ${String(code)}`)),
      );
      const [{ url }] = await Promise.race([started, failed]);
      return new RouterProcess(child, ended, url);
    } catch (error) {
      endGroup(child, 'SIGTERM');
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS).unref())]);
      endGroup(child, 'SIGKILL');
      const isLate = patience.aborted && !signal.aborted;
      throw isLate ? new Error(`the router was not ready after ${START_WITHIN_MS / 1000} s`) : error;
    }
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** `kill -9`: it gets no chance to do anything. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Asks it to end; gives back its exit code and how long it took. One that does not end is killed. */
  async stop(): Promise<{ code: number | null; ms: number }> {
    const askedAt = performance.now();
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.ended;
    clearTimeout(timer);
    return { code: this.child.exitCode, ms: Math.round(performance.now() - askedAt) };
  }
}

/** The last lines that the router logged, to show when something went wrong. */
export class LogTail {
  readonly lines: string[] = [];

  follow(stream: NodeJS.ReadableStream): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.lines.push(line);
      if (this.lines.length > LOG_LINES) this.lines.shift();
    });
  }
}

/** The whole group: one that is only starting may have a program of Postgres's under way. */
function endGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended at this very moment.
  }
}
