import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Pools } from '../database/pools.js';
import { SecretStates } from '../routing/secret-states.js';
import { TopologyStore } from '../routing/topology.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { AlertWatch } from './alert-watch.js';
import { DatabaseTrouble } from './database-trouble.js';
import { NoticeSender } from './notice-sender.js';
import { NoticeStore } from './notice.store.js';
import { Notifiers } from './notifiers.js';

/** What is wrong, and who is told of it. Global: the API shows it. */
@Global()
@Module({})
export class AlertsModule {
  static with(config: Config): DynamicModule {
    return {
      module: AlertsModule,
      providers: [
        { provide: Notifiers, useFactory: (events: EventLog) => new Notifiers(config, events), inject: [EventLog] },
        NoticeStore,
        NoticeSender,
        DatabaseTrouble,
        {
          provide: AlertWatch,
          useFactory: (...dependencies: AlertWatchDependencies) => new AlertWatch(config, ...dependencies),
          inject: [Pools, TopologyStore, SecretStates, Notifiers, NoticeStore, NoticeSender, DatabaseTrouble, EventLog],
        },
      ],
      exports: [AlertWatch, NoticeStore, NoticeSender],
    };
  }
}

type AlertWatchDependencies = [
  Pools,
  TopologyStore,
  SecretStates,
  Notifiers,
  NoticeStore,
  NoticeSender,
  DatabaseTrouble,
  EventLog,
];
