/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The five-character SQLSTATE of an error from Postgres, `undefined` for anything else (a lost connection, a bug). */
export function sqlState(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  // Node's own codes (`EPIPE`) can have five letters too; they never come with a severity.
  return typeof code === 'string' && SQLSTATE.test(code) && 'severity' in (error as object) ? code : undefined;
}

/** The row itself is at fault: bad data (22), a broken constraint (23), a program limit (54). Repeating cannot help. */
export function isPoison(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && ['22', '23', '54'].includes(state.slice(0, 2));
}

/** Two statements met: a deadlock (40P01) or a serialization failure (40001). The same statement again goes through. */
export function isWorthRepeating(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40P01' || state === '40001';
}

/** Postgres gives no connection, or took one away: the same request goes through when it is back. */
export function isDatabaseAway(error: unknown): boolean {
  const state = sqlState(error);
  // Connection exceptions; too many connections; shut down by an administrator, crashed, starting up.
  if (state !== undefined) return state.startsWith('08') || state === '53300' || /^57P0[1-3]$/.test(state);
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'].includes(String(code)) && 'syscall' in error)
    return true;
  // The driver's own texts, which have no code: https://github.com/brianc/node-postgres
  return /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection error)/.test(
    error.message,
  );
}
