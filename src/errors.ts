/**
 * Every named failure, with its stable code and what it decides. `docs/errors.md` lists the same codes; a test compares them.
 * A refused signature or a destination's 500 is an outcome, not a failure of ours: those are values, not classes here.
 */

/** What an error body's `code` can be: stable, what clients switch on. */
export const HTTP_ERROR_CODES = [
  'API_KEY_NOT_FOUND',
  'ALREADY_EXISTS',
  'BAD_REQUEST',
  'BODY_GONE',
  'BODY_INCOMPLETE',
  'DATABASE_UNAVAILABLE',
  'DELIVERY_NOT_CANCELLABLE',
  'DECLARED_ELSEWHERE',
  'DELIVERY_NOT_FOUND',
  'DELIVERY_NOT_HELD',
  'DELIVERY_NOT_RETRYABLE',
  'DESTINATION_DECLARED',
  'DESTINATION_NOT_FOUND',
  'DESTINATION_NOT_TESTABLE',
  'DESTINATION_REMOVED',
  'ERASURE_NOT_FOUND',
  'EVENT_NOT_FOUND',
  'FILTER_TOO_BROAD',
  'FORBIDDEN',
  'HEADERS_TOO_LARGE',
  'IDEMPOTENCY_CONFLICT',
  'IDEMPOTENCY_IN_PROGRESS',
  'INTAKE_UNAVAILABLE',
  'INTERNAL',
  'INVALID_CURSOR',
  'INVALID_REQUEST',
  'ISSUE_NOT_CHANGEABLE',
  'ISSUE_NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'NOT_FOUND',
  'NOT_READY',
  'NOT_RENORMALISABLE',
  'NO_DESTINATION',
  'PAYLOAD_TOO_LARGE',
  'RATE_LIMITED',
  'REJECTION_EXPIRED',
  'REJECTION_NOT_FOUND',
  'REJECTION_UNUSABLE',
  'REPLAY_NOT_CHANGEABLE',
  'REPLAY_NOT_FOUND',
  'REQUEST_TIMEOUT',
  'ROUTE_NOT_FOUND',
  'SIGNATURE_REJECTED',
  'SOURCE_NOT_FOUND',
  'STILL_REJECTED',
  'TOO_MANY_ERASURES',
  'TOO_MANY_REPLAYS',
  'TOO_MANY_STREAMS',
  'UNAUTHORIZED',
  'UNKNOWN_SOURCE',
  'UNSUPPORTED_ENCODING',
  'UNSUPPORTED_MEDIA_TYPE',
] as const;

export type HttpErrorCode = (typeof HTTP_ERROR_CODES)[number];

/** Something a caller over HTTP is told. `status` 5xx means: send it again. */
export class HttpError extends Error {
  /**
   * Told in the header `hookyard-request-id`, and set by whoever wrote a log line of the refusal under the same id. It says nothing
   * of why.
   */
  requestId: string | undefined;

  constructor(
    readonly code: HttpErrorCode,
    readonly status: number,
    message: string,
    /** Extra response headers, e.g. `Allow`, `Retry-After`. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
  }
}

/** Why a start is called off. */
export const STARTUP_ERROR_CODES = [
  'INVALID_CONFIG',
  'INVALID_HANDLERS',
  'DATABASE_UNUSABLE',
  'EMBEDDED_POSTGRES_FAILED',
  'LISTEN_FAILED',
] as const;

/** The start is called off: the process prints `problems`, one a line, and exits with code 1. Messages hold no secret. */
export class StartupError extends Error {
  constructor(
    readonly code: (typeof STARTUP_ERROR_CODES)[number],
    readonly problems: readonly string[],
  ) {
    super(problems.join('\n'));
    this.name = code;
  }
}
