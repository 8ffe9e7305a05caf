import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Role } from './role.js';

/** Stands for the bootstrap key where a key's id is stored. */
export const BOOTSTRAP_KEY_ID = '00000000-0000-0000-0000-000000000000';

/** Who calls the management API. */
export interface Principal {
  /** The stored id of the key; `BOOTSTRAP_KEY_ID` for the bootstrap key. */
  readonly keyId: string;
  /** The key's label; `bootstrap` for the bootstrap key. */
  readonly label: string;
  readonly role: Role;
}

const principals = new WeakMap<FastifyRequest, Principal>();

/** Says who sent a request; the guard's business. */
export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  principals.set(request, principal);
}

/** Who sent a request; `undefined` before the guard has let it pass. */
export function principalOf(request: FastifyRequest): Principal | undefined {
  return principals.get(request);
}

/** `@Caller() caller: Principal` on a parameter: who calls. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  principalOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
