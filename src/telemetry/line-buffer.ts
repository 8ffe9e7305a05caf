/** Gathered for one turn of the event loop, and no more than this. */
const MOST_CHARACTERS = 64 * 1024;

/** Where lines go. */
export interface LineSink {
  write(lines: string): unknown;
}

/**
 * Hands on the lines of one turn of the event loop in one write: under load a system call for every line costs more than
 * making it. Nothing waits for longer than the turn, and the order stays. `flush` it before the process ends.
 */
export class LineBuffer implements LineSink {
  private lines = '';

  constructor(private readonly sink: LineSink) {}

  write(line: string): void {
    if (this.lines === '') setImmediate(() => this.flush());
    this.lines += line;
    if (this.lines.length >= MOST_CHARACTERS) this.flush();
  }

  /** Writes what has gathered, at once. */
  flush(): void {
    if (this.lines === '') return;
    const { lines } = this;
    this.lines = '';
    this.sink.write(lines);
  }
}
