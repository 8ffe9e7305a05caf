import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT } from '../command-failure.js';

/** More than a stream tells between two of its positions. */
const MOST_DONE = 100_000;

interface Stored {
  readonly position: string | undefined;
  /** Events after the position that were forwarded already. */
  readonly done: readonly string[];
}

/** Where the places are kept unless somebody says otherwise. */
export function stateFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'hookyard', 'listen.json');
}

/** How far one listener has come, kept in a file after every event, so that nothing is lost and nothing forwarded twice. */
export class Place {
  private position: string | undefined;
  private done: Set<string>;

  /** `name`: what tells this listener from others in the file. @throws CommandFailure when the file cannot be read. */
  constructor(
    private readonly file: string,
    private readonly name: string,
  ) {
    const stored = readAll(file)[name];
    this.position = stored?.position;
    this.done = new Set(stored?.done);
  }

  /** Where the stream goes on; `undefined`: it was never there. */
  get from(): string | undefined {
    return this.position;
  }

  /** Begins anew, from now on. */
  forget(): void {
    this.position = undefined;
    this.done = new Set();
  }

  isDone(eventId: string): boolean {
    return this.done.has(eventId);
  }

  /** An event was forwarded. */
  did(eventId: string): void {
    if (this.done.size < MOST_DONE) this.done.add(eventId);
    this.save();
  }

  /** Everything before `position` was forwarded. */
  reached(position: string): void {
    if (position === this.position) return;
    this.position = position;
    // Some of them may come again after it, but only when the stream breaks off; what was told last is kept.
    this.done = new Set([...this.done].slice(-1_000));
    this.save();
  }

  /** Written aside and moved into place: a crash leaves the old one or the new one. Others' places stay. */
  private save(): void {
    const all = { ...readAll(this.file), [this.name]: { position: this.position, done: [...this.done] } };
    mkdirSync(dirname(this.file), { recursive: true });
    const draft = `${this.file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(all)}\n`, { mode: 0o600 });
    renameSync(draft, this.file);
  }
}

function readAll(file: string): Record<string, Stored> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new CommandFailure(
      EXIT.failed,
      `${file} cannot be read: ${(error as Error).message}`,
      'Name another with --state.',
    );
  }
  try {
    return JSON.parse(text) as Record<string, Stored>;
  } catch {
    throw new CommandFailure(
      EXIT.failed,
      `${file} does not hold what listen wrote there.`,
      'Remove it, or name another with --state.',
    );
  }
}
