import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../../errors.js';

/** The key that opens the management API; a class so that Nest can inject it. */
export class BootstrapKey {
  constructor(readonly value: string | undefined) {}
}

/** Lets a request pass with `Authorization: Bearer <key>`; 401 `UNAUTHORIZED` otherwise. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly key: BootstrapKey) {}

  canActivate(context: ExecutionContext): boolean {
    const { authorization } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    const given = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
    // Digests have one length whatever was sent, so the comparison takes one time.
    if (given !== undefined && this.key.value !== undefined && timingSafeEqual(digest(given), digest(this.key.value)))
      return true;
    throw new HttpError('UNAUTHORIZED', 401, 'Send a valid API key: Authorization: Bearer <key>.', {
      'www-authenticate': 'Bearer',
    });
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
