import { Module, type DynamicModule } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { HttpError } from '../errors.js';
import { ApiKeyGuard, BootstrapKey } from './access/api-key.guard.js';
import { DeliveriesController } from './deliveries/deliveries.controller.js';
import { EventsController } from './events/events.controller.js';

/** The management API: what happened, for those who hold a key. */
@Module({})
export class OperationsModule {
  /** `apiKey`: the bootstrap key; without one nothing opens the API. */
  static with(apiKey: string | undefined): DynamicModule {
    return {
      module: OperationsModule,
      controllers: [EventsController, DeliveriesController],
      providers: [
        { provide: BootstrapKey, useValue: new BootstrapKey(apiKey) },
        ApiKeyGuard,
        { provide: APP_PIPE, useFactory: () => new StandardSchemaValidationPipe({ exceptionFactory: invalid }) },
      ],
    };
  }
}

/** Names the parameter, never repeats its value. */
function invalid(issues: readonly { readonly message: string; readonly path?: readonly unknown[] }[]): HttpError {
  const texts = issues.map(({ path = [], message }) => `${path.map(pathSegment).join('.') || 'query'}: ${message}`);
  return new HttpError('INVALID_REQUEST', 400, texts.join('; '));
}

function pathSegment(segment: unknown): string {
  return String(typeof segment === 'object' && segment !== null && 'key' in segment ? segment.key : segment);
}
