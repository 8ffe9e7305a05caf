import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../../errors.js';
import { bearerKey } from './api-key.js';
import { clientNetwork } from './client-network.js';
import { KeyCheck } from './key-check.js';
import { principalOf, setPrincipal } from './principal.js';
import { RequestLimits } from './request-limits.js';
import { mayCall, NeedsRole } from './role.js';

/**
 * Lets a request pass with `Authorization: Bearer <key>` of a role that may call the endpoint. @throws HttpError
 * `UNAUTHORIZED` (401) without a valid key, `FORBIDDEN` (403) with too small a role, `RATE_LIMITED` (429) after too many wrong keys from one
 * address or too many requests with one key.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: KeyCheck,
    private readonly limits: RequestLimits,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // Named on a controller as well as put before all of them: asked once.
    if (principalOf(request)) return true;
    const key = bearerKey(request.headers.authorization);
    const client = clientNetwork(request.ip);
    if (key !== undefined) this.limits.refuseGuessers(client);
    const principal = key === undefined ? undefined : await this.keys.principal(key);
    if (!principal) {
      // Without a key nothing was guessed.
      if (key !== undefined) this.limits.countWrongKey(client);
      throw new HttpError('UNAUTHORIZED', 401, 'Send a valid API key: Authorization: Bearer <key>.', {
        'www-authenticate': 'Bearer',
      });
    }
    this.limits.countRequest(principal.keyId);
    const named = this.reflector.getAllAndOverride(NeedsRole, [context.getHandler(), context.getClass()]);
    const needed = named ?? (request.method === 'GET' ? 'viewer' : 'admin');
    if (!mayCall(principal.role, needed)) {
      throw new HttpError('FORBIDDEN', 403, `This needs a key with the role ${needed}.`);
    }
    setPrincipal(request, principal);
    return true;
  }
}
