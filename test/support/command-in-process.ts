import { jest } from '@jest/globals';
import { runCommand } from '../../src/cli/run-command.js';

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command of the sources in this process, in `cwd` and with no environment but what is given: hundreds of them in seconds. One at a time.
 */
export async function commandInProcess(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const before = { env: process.env, cwd: process.cwd(), exitCode: process.exitCode };
  const printed = { stdout: '', stderr: '' };
  const into = (name: keyof typeof printed, end: string) => (text: unknown) => {
    printed[name] += `${typeof text === 'string' ? text : Buffer.from(text as Uint8Array).toString()}${end}`;
  };
  const writer = (name: keyof typeof printed) => (text: unknown, done?: unknown) => {
    into(name, '')(text);
    if (typeof done === 'function') (done as () => void)();
    return true;
  };
  const spies = [
    jest.spyOn(console, 'log').mockImplementation(into('stdout', '\n')),
    jest.spyOn(console, 'error').mockImplementation(into('stderr', '\n')),
    jest.spyOn(process.stdout, 'write').mockImplementation(writer('stdout')),
    jest.spyOn(process.stderr, 'write').mockImplementation(writer('stderr')),
  ];
  process.env = { ...env };
  process.chdir(cwd);
  try {
    return { code: await runCommand(args), ...printed };
  } finally {
    process.chdir(before.cwd);
    process.env = before.env;
    process.exitCode = before.exitCode;
    for (const spy of spies) spy.mockRestore();
  }
}
