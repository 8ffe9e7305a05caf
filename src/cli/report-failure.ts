import { StartupError } from '../errors.js';

/** Says on stderr why a command failed: every problem of ours on a line, the stack of what is a bug. */
export function reportFailure(error: unknown): void {
  if (error instanceof StartupError) {
    console.error(`${error.code}:`);
    for (const problem of error.problems) console.error(`  - ${problem}`);
    return;
  }
  // What Postgres or the network says needs no stack; it names no line of ours to mend.
  const { code, message, stack } = error as NodeJS.ErrnoException;
  console.error(code === undefined ? stack : `${code}: ${message}`);
}
