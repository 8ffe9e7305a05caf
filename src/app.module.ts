import { BullModule } from '@nestjs/bullmq';
import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ActivityModule } from './activity/activity.module.js';
import { AlertsModule } from './alerts/alerts.module.js';
import type { Config } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import type { Pools } from './database/pools.js';
import { applicationDataSource } from './database/application-data-source.js';
import { SecretBox } from './database/secret-box.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { DigestModule } from './digest/digest.module.js';
import { EventsModule } from './events/events.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpErrorFilter } from './http-error.filter.js';
import { IntakeModule } from './intake/intake.module.js';
import { EntryRules } from './operations/configuration/configuration-changes.js';
import { OperationsModule } from './operations/operations.module.js';
import { IssuesModule } from './issues/issues.module.js';
import { MonitorModule } from './monitor/monitor.module.js';
import type { QueueConnection } from './queue/queue-connection.js';
import { QueueModule } from './queue/queue.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { RoutingModule } from './routing/routing.module.js';
import type { SourceDescription } from './sources/source.js';
import type { Log } from './telemetry/log.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

/** What stands before the modules do: the configuration, an answering database, a chosen queue. */
export interface Foundations {
  readonly config: Config;
  readonly log: Log;
  readonly databaseUrl: string;
  readonly pools: Pools;
  readonly box: SecretBox;
  readonly queue: QueueConnection;
  readonly catalogue: readonly SourceDescription[];
  readonly apiKey: string | undefined;
}

type Imports = NonNullable<DynamicModule['imports']>;

/** The map of the house: one import per folder, in the order an event meets them. */
@Module({})
export class AppModule {
  /** `application`: the modules of whoever uses us as a package. `config.roles` decides which stages this process runs. */
  static with(foundations: Foundations, application: Imports): DynamicModule {
    const { config, log, databaseUrl, queue, catalogue, apiKey } = foundations;
    const inRole = (role: 'intake' | 'api', ...modules: Imports): Imports => (config.roles.has(role) ? modules : []);
    return {
      module: AppModule,
      imports: [
        TelemetryModule.with(log, config.traces),
        DatabaseModule.with(foundations),
        TypeOrmModule.forRoot(applicationDataSource(databaseUrl, config.database.poolMax)),
        BullModule.forRoot(queue),
        ...inRole('intake', IntakeModule.with(config)), // 1 a request comes in, 2 is verified
        RoutingModule.with(catalogue), // 3 finds its destinations
        EventsModule, // 4 is on disk; now it is acknowledged
        QueueModule, // 5 is claimed and queued
        DeliveryModule.with(config), // 6 is sent, 7 and settled
        IssuesModule, // what fails again and again is filed
        ...inRole(
          'api',
          OperationsModule.with(
            apiKey,
            config.http.apiRatePerSecond,
            new EntryRules(config.allowedNetworks, config.http.publicUrl),
          ),
        ), // and can be looked at
        RetentionModule.with(config.declared.retention),
        HealthModule.with(config),
        ActivityModule, // beside it all: what is counted,
        AlertsModule.with(config), // what is wrong,
        DigestModule.with(config.declared.digest), // once a day both,
        MonitorModule.with(config), // and whether the whole way works
        ...application,
      ],
      providers: [{ provide: APP_FILTER, useClass: HttpErrorFilter }],
    };
  }
}
