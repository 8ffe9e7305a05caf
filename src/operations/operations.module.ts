import { Module, type DynamicModule } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { DestinationTester } from '../delivery/destination-tester.js';
import { AddressGuard } from '../delivery/http/address-guard.js';
import { HttpSender } from '../delivery/http/http-sender.js';
import { HttpError } from '../errors.js';
import { ErasureModule } from '../erasure/erasure.module.js';
import { EventsModule } from '../events/events.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { RejectionsModule } from '../rejections/rejections.module.js';
import { ReplayModule } from '../replay/replay.module.js';
import { TopologyStore } from '../routing/topology.store.js';
import { ApiEntrance } from './access/api-entrance.js';
import { ApiKeyGuard } from './access/api-key.guard.js';
import { ApiKeyStore } from './access/api-key.store.js';
import { BootstrapKey, KeyCheck } from './access/key-check.js';
import { OpenPagesGuard } from './access/open-pages.guard.js';
import { RequestLimits } from './access/request-limits.js';
import { ApiDatabase } from './api-database.js';
import { AuditInterceptor } from './audit/audit.interceptor.js';
import { AuditStore } from './audit/audit.store.js';
import { ConfigurationChanges, EntryRules } from './configuration/configuration-changes.js';
import { EventRoutings } from './events/event-routing.js';
import { Housekeeping } from './housekeeping.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { IdempotencyStore } from './idempotency/idempotency.store.js';
import { SearchIndexer } from './search/search-indexer.js';
import { LiveStream } from './stream/live-stream.js';
import { managementControllers } from './management-controllers.js';
import { docsPage } from './openapi/docs-page.js';
import { endpointsOf } from './openapi/endpoints.js';
import { openApiDocument } from './openapi/openapi-document.js';
import { OpenApi, OpenApiController } from './openapi/openapi.controller.js';
import { UiController } from './ui/ui.controller.js';

const endpoints = endpointsOf(managementControllers);
const document = openApiDocument(endpoints);
const openApi = new OpenApi(JSON.stringify(document), docsPage(document, endpoints));

/** The management API: what happened, for those who hold a key. */
@Module({})
export class OperationsModule {
  /** `apiKey`: the bootstrap key, an admin's. `requestsPerSecond`: how often one key may ask. `rules`: for new entries. */
  static with(apiKey: string | undefined, requestsPerSecond: number, rules: EntryRules): DynamicModule {
    return {
      module: OperationsModule,
      imports: [EventsModule, QueueModule, ReplayModule, RejectionsModule, ErasureModule],
      controllers: [...managementControllers, OpenApiController, UiController],
      providers: [
        { provide: BootstrapKey, useValue: new BootstrapKey(apiKey) },
        { provide: RequestLimits, useValue: new RequestLimits(requestsPerSecond) },
        { provide: EntryRules, useValue: rules },
        ConfigurationChanges,
        ApiDatabase,
        ApiKeyStore,
        KeyCheck,
        ApiEntrance,
        ApiKeyGuard,
        OpenPagesGuard,
        IdempotencyStore,
        IdempotencyInterceptor,
        AuditStore,
        AuditInterceptor,
        Housekeeping,
        { provide: OpenApi, useValue: openApi },
        EventRoutings,
        {
          provide: DestinationTester,
          useFactory: (topology: TopologyStore) =>
            new DestinationTester(new HttpSender(new AddressGuard(rules.allowedNetworks), topology)),
          inject: [TopologyStore],
        },
        LiveStream,
        SearchIndexer,
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
