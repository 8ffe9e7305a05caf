import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { HttpError } from '../../errors.js';
import { principalOf, type Principal } from '../access/principal.js';
import { collectingNotes } from './audit-trail.js';
import { AuditStore } from './audit.store.js';

const API = '/api/v1';

/**
 * Puts every request that is not a GET into the audit log: a line before anything is done, its result before the answer goes out.
 * When the log cannot be written, nothing is done.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly store: AuditStore) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const principal = principalOf(request);
    if (request.method === 'GET' || !principal) return next.handle();
    return from(this.record(request, http.getResponse<FastifyReply>(), principal, next));
  }

  private async record(
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal,
    next: CallHandler,
  ): Promise<unknown> {
    const id = await this.store.open({
      keyId: principal.keyId,
      actor: principal.label,
      role: principal.role,
      address: request.ip,
      action: `${request.method} ${(request.routeOptions.url ?? '').replace(API, '')}`,
      path: request.url.split('?', 1)[0] ?? '',
    });
    const { note, result } = await collectingNotes(() => lastValueFrom(next.handle(), { defaultValue: undefined }));
    if (result.status === 'fulfilled') {
      await this.store.close(id, note, reply.statusCode, undefined);
      return result.value;
    }
    const error: unknown = result.reason;
    const [status, code] = error instanceof HttpError ? [error.status, error.code] : [500, 'INTERNAL'];
    await this.store.close(id, note, status, code);
    throw error;
  }
}
