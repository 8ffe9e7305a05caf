import { createHash } from 'node:crypto';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { HttpError } from '../../errors.js';
import { principalOf } from '../access/principal.js';
import { IdempotencyStore } from './idempotency.store.js';

/** Answers after which nothing was done and the same request may well succeed: the key stays free. */
const FREES_THE_KEY: ReadonlySet<number> = new Set([400, 408, 429]);

/**
 * `Idempotency-Key` on whatever is not a GET: the first answer again for 24 hours, whatever happens to a connection. Scoped to
 * the API key. Concurrent use runs once; the others get 409 `IDEMPOTENCY_IN_PROGRESS` and ask again.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly store: IdempotencyStore) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const principal = principalOf(request);
    const key = request.headers['idempotency-key'];
    if (key === undefined || request.method === 'GET' || !principal) return next.handle();
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw new HttpError('INVALID_REQUEST', 400, 'Idempotency-Key: 1 to 255 printable ASCII characters, once');
    }
    return from(this.once(principal.keyId, key, request, http.getResponse<FastifyReply>(), next));
  }

  private async once(
    apiKeyId: string,
    key: string,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    const admission = await this.store.admit(apiKeyId, key, requestDigest(request));
    switch (admission.kind) {
      case 'other request':
        throw new HttpError('IDEMPOTENCY_CONFLICT', 409, 'This Idempotency-Key was used for another request.');
      case 'running':
        throw new HttpError('IDEMPOTENCY_IN_PROGRESS', 409, 'The first request with this key is still under way.', {
          'retry-after': '1',
        });
      case 'repeat': {
        if (admission.answer === 'not kept') {
          throw new HttpError('IDEMPOTENCY_CONFLICT', 409, 'It was done, but its answer cannot be given again.');
        }
        void reply.code(admission.answer.status).header('idempotency-replayed', 'true');
        return admission.answer.body;
      }
      case 'run':
        return this.runOnce(admission.runId, apiKeyId, key, reply, next);
    }
  }

  private async runOnce(
    runId: string,
    apiKeyId: string,
    key: string,
    reply: FastifyReply,
    next: CallHandler,
  ): Promise<unknown> {
    let body: unknown;
    try {
      body = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      if (error instanceof HttpError && error.status < 500 && !FREES_THE_KEY.has(error.status)) {
        const { status, code, message } = error;
        await this.store.keep(runId, apiKeyId, key, {
          status,
          body: { status: 'error', data: null, errors: [{ code, message }] },
        });
      } else {
        // A key that cannot be freed now frees itself; the first error is the one to tell.
        await this.store.giveUp(runId, apiKeyId, key).catch(() => undefined);
      }
      throw error;
    }
    await this.store.keep(runId, apiKeyId, key, { status: reply.statusCode, body });
    return body;
  }
}

function requestDigest({ method, url, body }: FastifyRequest): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([method, url, body ?? null]))
    .digest();
}
