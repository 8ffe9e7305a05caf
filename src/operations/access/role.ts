import { Reflector } from '@nestjs/core';

/** What a key may do, each including those before it: look; act on deliveries and destinations; change configuration and keys. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** `@NeedsRole('operator')` on a method or controller: the least role that may call it. Without it: `viewer` for GET, `admin` for the rest. */
export const NeedsRole = Reflector.createDecorator<Role>();

/** Whether a key of one role may call what needs another. */
export function mayCall(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed);
}
