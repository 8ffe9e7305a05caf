import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { clientNetwork } from './client-network.js';
import { RequestLimits } from './request-limits.js';

/** Before what needs no key: lets a client in so and so often. @throws HttpError `RATE_LIMITED` */
@Injectable()
export class OpenPagesGuard implements CanActivate {
  constructor(private readonly limits: RequestLimits) {}

  canActivate(context: ExecutionContext): boolean {
    this.limits.countOpen(clientNetwork(context.switchToHttp().getRequest<FastifyRequest>().ip));
    return true;
  }
}
