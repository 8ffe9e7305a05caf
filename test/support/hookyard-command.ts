import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/hookyard.mjs', import.meta.url));

/** A command that was started. */
export interface CommandRun {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** Beside the command's own; `undefined`: not set. */
type CommandEnv = Readonly<Record<string, string | undefined>>;

/** The built command line as its users have it: a process of its own, in an empty folder, with no environment but what is given. */
export class HookyardCommand {
  readonly folder = mkdtempSync(join(tmpdir(), 'hookyard-command-'));
  private readonly running: CommandRun[] = [];

  constructor(public env: Readonly<Record<string, string>>) {}

  start(args: readonly string[], env: CommandEnv = {}): CommandRun {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: this.folder,
      env: { ...this.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
    const run: CommandRun = { child, stdout: '', stderr: '', ended };
    child.stdout.on('data', (chunk: Buffer) => (run.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (run.stderr += chunk.toString()));
    this.running.push(run);
    return run;
  }

  /** Waits for its end. */
  async run(
    args: readonly string[],
    env?: CommandEnv,
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const run = this.start(args, env);
    const code = await run.ended;
    return { code, stdout: run.stdout, stderr: run.stderr };
  }

  /** Runs it with `--json`; gives what it printed. */
  async json<T = Record<string, unknown>>(args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Ends what still runs, and removes the folder. */
  async remove(): Promise<void> {
    for (const { child, ended } of this.running) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
