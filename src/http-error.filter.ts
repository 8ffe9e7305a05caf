import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { newId, publicId } from './database/ids.js';
import { isDatabaseAway } from './database/sql-errors.js';
import { HttpError, type HttpErrorCode } from './errors.js';
import { EventLog } from './telemetry/event-log.js';

/** The error body of every answer. */
export function errorBody(code: HttpErrorCode, message: string): string {
  return JSON.stringify({ status: 'error', data: null, errors: [{ code, message }] });
}

/** Turns whatever was thrown into the error body. What is none of our named errors is a bug of ours: 500, logged with its stack. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  constructor(private readonly events: EventLog) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    // The sender hung up, or an answer is already on its way: there is nobody to tell.
    if (reply.sent || reply.raw.headersSent) return;
    const error = toHttpError(thrown);
    // A database that is away is told of elsewhere, once.
    if (error.code === 'INTERNAL') {
      error.requestId = publicId('req', newId());
      this.events.log.error(
        {
          event: 'request.failed',
          requestId: error.requestId,
          error: thrown instanceof Error ? thrown.stack : String(thrown),
        },
        'bug',
      );
    }
    void reply
      .code(error.status)
      .headers({
        'content-type': 'application/json',
        ...(error.requestId === undefined ? {} : { 'hookyard-request-id': error.requestId }),
        ...error.headers,
      })
      .send(errorBody(error.code, error.message));
  }
}

function toHttpError(thrown: unknown): HttpError {
  if (thrown instanceof HttpError) return thrown;
  if (thrown instanceof HttpException) return named(thrown.getStatus());
  if (isDatabaseAway(thrown)) {
    return new HttpError('DATABASE_UNAVAILABLE', 503, 'The database does not answer now.', { 'retry-after': '2' });
  }
  // Fastify's own refusals (a body it cannot parse, a media type it does not take) carry a status and a code.
  const { statusCode } = thrown as { statusCode?: unknown };
  return named(typeof statusCode === 'number' && statusCode >= 400 ? statusCode : 500);
}

/** Constant texts: what a framework says may repeat what a stranger sent. */
function named(status: number): HttpError {
  switch (status) {
    case 400:
      return new HttpError('BAD_REQUEST', 400, 'The request cannot be understood.');
    case 404:
      return new HttpError('NOT_FOUND', 404, 'There is nothing here.');
    case 413:
      return new HttpError('PAYLOAD_TOO_LARGE', 413, 'The body is too large.');
    case 415:
      return new HttpError('UNSUPPORTED_MEDIA_TYPE', 415, 'Send JSON.');
    default:
      return status >= 400 && status < 500
        ? new HttpError('BAD_REQUEST', status, 'The request cannot be understood.')
        : new HttpError('INTERNAL', 500, 'Something went wrong here; it has been logged.');
  }
}
