import { CommanderError } from 'commander';
import { StartupError } from '../errors.js';
import { CommandFailure, EXIT } from './command-failure.js';

/**
 * Says on stderr why a command failed, and gives its exit code: every problem of ours on a line, the stack of what is a bug.
 * `json`: as the API's error body instead.
 */
export function reportFailure(error: unknown, { json = false }: { json?: boolean } = {}): number {
  // commander has said what is wrong already; it ends this way after --help too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { code, lines, exitCode } = described(error);
  if (json) {
    const errors = lines.map((message) => ({ code, message }));
    console.error(JSON.stringify({ status: 'error', data: null, errors }));
  } else if (error instanceof StartupError) {
    console.error(`${code}:`);
    for (const line of lines) console.error(`  - ${line}`);
  } else {
    for (const line of lines) console.error(line);
  }
  return exitCode;
}

function described(error: unknown): { code: string; lines: readonly string[]; exitCode: number } {
  if (error instanceof StartupError) return { code: error.code, lines: error.problems, exitCode: EXIT.failed };
  if (error instanceof CommandFailure) {
    const { message, hint, exitCode } = error;
    return { code: CODES[exitCode], lines: hint === undefined ? [message] : [message, hint], exitCode };
  }
  // What Postgres or the network says needs no stack; it names no line of ours to mend.
  const { code, message, stack } = error as NodeJS.ErrnoException;
  const line = code === undefined ? (stack ?? String(error)) : `${code}: ${message}`;
  return { code: code ?? 'INTERNAL', lines: [line], exitCode: EXIT.failed };
}

const CODES = {
  [EXIT.failed]: 'FAILED',
  [EXIT.usage]: 'USAGE',
  [EXIT.notFound]: 'NOT_FOUND',
  [EXIT.notAllowed]: 'NOT_ALLOWED',
} as const;
