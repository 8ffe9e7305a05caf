import { Module, type DynamicModule } from '@nestjs/common';
import { ActivityStore } from '../activity/activity.store.js';
import { NoticeSender } from '../alerts/notice-sender.js';
import { NoticeStore } from '../alerts/notice.store.js';
import type { DigestSettings } from '../config/config.js';
import { Pools } from '../database/pools.js';
import { EventLog } from '../telemetry/event-log.js';
import { DigestWatch } from './digest-watch.js';

/** Once a day: what came in, what went out, what was unusual. */
@Module({})
export class DigestModule {
  static with(settings: DigestSettings | undefined): DynamicModule {
    return {
      module: DigestModule,
      providers: [
        {
          provide: DigestWatch,
          useFactory: (...dependencies: [Pools, ActivityStore, NoticeStore, NoticeSender, EventLog]) =>
            new DigestWatch(settings, ...dependencies),
          inject: [Pools, ActivityStore, NoticeStore, NoticeSender, EventLog],
        },
      ],
    };
  }
}
