/**
 * Every named failure, with its stable code and what it decides. `docs/errors.md` lists the same codes; a test compares them.
 * A refused signature or a destination's 500 is an outcome, not a failure of ours: those are values, not classes here.
 */

/** Something a caller over HTTP is told. `status` 5xx means: send it again. */
export class HttpError extends Error {
  constructor(
    /** Stable, machine-readable; what clients switch on. */
    readonly code: string,
    readonly status: number,
    message: string,
    /** Extra response headers, e.g. `Allow`, `Retry-After`. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
  }
}

/** The start is called off: the process prints `problems`, one a line, and exits with code 1. Messages hold no secret. */
export class StartupError extends Error {
  constructor(
    readonly code: 'INVALID_CONFIG' | 'INVALID_HANDLERS' | 'DATABASE_UNUSABLE' | 'EMBEDDED_POSTGRES_FAILED' | 'UNSUPPORTED_RUNTIME',
    readonly problems: readonly string[],
  ) {
    super(problems.join('\n'));
    this.name = code;
  }
}
