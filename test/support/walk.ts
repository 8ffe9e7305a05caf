import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ended } from './installed-shop.js';
import { until } from './until.js';

/** One thing that a document tells its reader to do, or promises. */
export interface Step {
  readonly walk: string;
  readonly action: 'run' | 'file' | 'expect' | 'start';
  /** Of a file. */
  readonly path: string;
  readonly text: string;
  readonly line: number;
}

const MARK = /^<!-- walk (\S+): (run|file|expect|start)(?: (\S+))? -->\n```\w+\n([\s\S]*?)^```$/gm;

/** The steps of a document's walks: fenced blocks under a comment like `<!-- walk application: file src/main.ts -->`. */
export function stepsOf(document: string): Step[] {
  return [...document.matchAll(MARK)].map(({ 1: walk = '', 2: action, 3: path = '', 4: text = '', index }) => ({
    walk,
    action: action as Step['action'],
    path,
    text,
    line: document.slice(0, index).split('\n').length,
  }));
}

/** Somebody who does what a document says, in a terminal that remembers folder and variables from one step to the next. */
export class Walker {
  private readonly started: ChildProcess[] = [];
  private output = '';

  /** `scratch`: where the terminal's memory is kept. */
  constructor(
    private readonly scratch: string,
    private readonly start: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Does one step. Throws when a command fails, or does not say what was promised. */
  async take(step: Step): Promise<void> {
    if (step.action === 'run') await this.run(step);
    else if (step.action === 'start') await this.startRouter(step);
    else if (step.action === 'expect') this.expect(step);
    else await this.write(step);
  }

  /** Ends what was started. */
  async end(): Promise<void> {
    for (const child of this.started.splice(0)) {
      if (child.exitCode !== null || child.pid === undefined) continue;
      const gone = ended(child);
      // The whole group: npm, its shell, and the router.
      process.kill(-child.pid, 'SIGTERM');
      await gone;
    }
  }

  private async run({ text, line }: Step): Promise<void> {
    const remember = `\npwd > '${this.scratch}/folder'\nexport -p > '${this.scratch}/variables'\n`;
    const { code, stdout, stderr } = await ended(this.shell(await this.recalled(text + remember)));
    this.output = stdout + stderr;
    if (code !== 0) throw new Error(`the commands of line ${line} ended with ${code}:\n${this.output}`);
  }

  private async startRouter({ text, line }: Step): Promise<void> {
    const child = this.shell(await this.recalled(text));
    this.started.push(child);
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    await until(
      'what was started is ready',
      () => {
        if (child.exitCode !== null) throw new Error(`what line ${line} starts ended:\n${log}`);
        return log.includes('"event":"ready"');
      },
      120_000,
    );
  }

  private expect({ text, line }: Step): void {
    for (const promise of text.split('\n').filter((part) => part !== '')) {
      if (!this.output.includes(promise))
        throw new Error(`line ${line} promises "${promise}", but what was printed is:\n${this.output}`);
    }
  }

  private async write({ path, text }: Step): Promise<void> {
    const file = join(await this.folder(), path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  private folder(): Promise<string> {
    return readFile(join(this.scratch, 'folder'), 'utf8').then(
      (text) => text.trim(),
      () => this.start,
    );
  }

  private async recalled(commands: string): Promise<string> {
    return `if [ -f '${this.scratch}/variables' ]; then . '${this.scratch}/variables'; fi\ncd '${await this.folder()}'\n${commands}`;
  }

  private shell(script: string): ChildProcess {
    return spawn('sh', ['-ec', script], { env: this.env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
