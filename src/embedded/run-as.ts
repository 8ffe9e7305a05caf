import { execFile } from 'node:child_process';
import type { ServerAccount } from './account.js';

/** How a short-lived Postgres program ended; `errorCode` is set when it could not even be started. */
export interface RunResult {
  readonly succeeded: boolean;
  readonly output: string;
  readonly errorCode: string | undefined;
}

/** Runs a Postgres program to its end under the server's account. */
export function runAs(account: ServerAccount, file: string, args: readonly string[], cwd: string): Promise<RunResult> {
  return new Promise((resolve) => {
    const options = { cwd, env: serverEnvironment(), windowsHide: true, ...account.switchTo };
    const fail = ({ code, message }: NodeJS.ErrnoException, output = ''): void =>
      resolve({ succeeded: false, output: output || message, errorCode: typeof code === 'string' ? code : undefined });
    try {
      execFile(file, args, options, (error, stdout, stderr) => {
        const output = (stdout + stderr).trim();
        if (error) fail(error as NodeJS.ErrnoException, output);
        else resolve({ succeeded: true, output, errorCode: undefined });
      });
    } catch (error) {
      // Some failures, like an account we may not switch to, are thrown at once.
      fail(error as NodeJS.ErrnoException);
    }
  });
}

/**
 * A clean environment: PGDATA, PGPORT and the like of the user's shell must not steer our server, LD_LIBRARY_PATH must not
 * swap its libraries, and its messages must be the English ones we read. On Windows programs do not start without the
 * inherited one.
 */
export function serverEnvironment(): NodeJS.ProcessEnv | undefined {
  if (process.platform === 'win32') return undefined;
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
