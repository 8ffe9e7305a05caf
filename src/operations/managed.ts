import { UseGuards, UseInterceptors, type Type } from '@nestjs/common';
import { GUARDS_METADATA, INTERCEPTORS_METADATA } from '@nestjs/common/constants.js';
import { ApiKeyGuard } from './access/api-key.guard.js';
import { AuditInterceptor } from './audit/audit.interceptor.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';

/**
 * Puts controllers behind what every endpoint of the management API goes through: key and role, then idempotency, then the audit
 * log. On the controllers and not on the application, so that webhooks never pay for it, and in one place, so that no controller
 * can be forgotten.
 */
export function managed(controllers: Type[]): Type[] {
  for (const controller of controllers) {
    if (!has(GUARDS_METADATA, controller, ApiKeyGuard)) UseGuards(ApiKeyGuard)(controller);
    if (!has(INTERCEPTORS_METADATA, controller, AuditInterceptor)) {
      // The first is the outermost: a repeated answer is no second mutation.
      UseInterceptors(IdempotencyInterceptor, AuditInterceptor)(controller);
    }
  }
  return controllers;
}

function has(metadata: string, controller: Type, what: unknown): boolean {
  return ((Reflect.getMetadata(metadata, controller) ?? []) as unknown[]).includes(what);
}
