import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Prints what happens, line by line, and keeps the score. Colours only where the terminal shows them. */
export class Report {
  readonly failed: string[] = [];
  private count = 0;
  private silent = false;
  private readonly startedAt = performance.now();
  private lastCheckAt = this.startedAt;

  get passed(): boolean {
    return this.failed.length === 0 && this.count > 0;
  }

  get checks(): number {
    return this.count;
  }

  /** From the beginning to the last check, as `12.3 s`. */
  get elapsed(): string {
    return `${((this.lastCheckAt - this.startedAt) / 1000).toFixed(1)} s`;
  }

  /** The audience has left: what the scenes still find out while they are being ended says nothing. */
  end(): void {
    this.silent = true;
  }

  title(text: string): void {
    if (this.silent) return;
    console.log(`\n${paint('bold', text)}`);
  }

  line(text: string): void {
    if (this.silent) return;
    console.log(`   ${text}`);
  }

  /** One claim, seen from outside. `seen`: what was found instead, shown when it does not hold. */
  check(claim: string, holds: boolean, seen?: unknown): void {
    if (this.silent) return;
    this.count += 1;
    this.lastCheckAt = performance.now();
    if (holds) {
      console.log(`   ${paint('green', '✓')} ${claim}`);
      return;
    }
    const found = seen === undefined ? '' : `  (seen: ${typeof seen === 'string' ? seen : JSON.stringify(seen)})`;
    console.log(`   ${paint('red', '✗')} ${claim}${found}`);
    this.failed.push(claim + found);
  }

  /** Something that ended the demo before its checks did. */
  broken(error: unknown): void {
    this.check(`the demo went on to its end`, false, error instanceof Error ? (error.stack ?? error.message) : error);
  }
}

function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
