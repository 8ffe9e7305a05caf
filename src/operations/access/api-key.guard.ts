import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../../errors.js';
import { ApiEntrance } from './api-entrance.js';
import { mayCall, NeedsRole } from './role.js';

/**
 * Lets a request pass whose key has a role that may call the endpoint. @throws HttpError `FORBIDDEN` (403) with too small a role, and
 * what `ApiEntrance` throws, if it has not been asked already.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly entrance: ApiEntrance,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { role } = await this.entrance.admit(request);
    const named = this.reflector.getAllAndOverride(NeedsRole, [context.getHandler(), context.getClass()]);
    const needed = named ?? (request.method === 'GET' ? 'viewer' : 'admin');
    if (!mayCall(role, needed)) throw new HttpError('FORBIDDEN', 403, `This needs a key with the role ${needed}.`);
    return true;
  }
}
