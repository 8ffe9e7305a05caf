import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { RetentionPolicy } from '../config/config.js';
import { Pools } from '../database/pools.js';
import { RejectionsKept } from '../rejections/rejection.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { Retention } from './retention.js';

/** What is old is forgotten. Global: whoever writes what expires by itself asks here for how long. */
@Global()
@Module({})
export class RetentionModule {
  static with(policy: RetentionPolicy): DynamicModule {
    const useFactory = (pools: Pools, events: EventLog): Retention => new Retention(policy, pools, events);
    return {
      module: RetentionModule,
      providers: [
        { provide: Retention, useFactory, inject: [Pools, EventLog] },
        { provide: RejectionsKept, useValue: new RejectionsKept(policy.rejectionsMs) },
      ],
      exports: [RejectionsKept],
    };
  }
}
