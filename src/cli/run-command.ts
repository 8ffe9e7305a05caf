import { createProgram } from './program.js';
import { reportFailure } from './report-failure.js';

/**
 * Runs one command, and says on stderr why it failed. `args`: without the program's name. @returns its exit code, one of `EXIT`; it never throws.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  process.exitCode = undefined;
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = reportFailure(error, { json: args.includes('--json') });
  }
  // A command that ran says "no" in the exit code.
  return Number(process.exitCode ?? 0);
}
