import { Module, type DynamicModule } from '@nestjs/common';
import type { RetentionPolicy } from '../config/config.js';
import { Pools } from '../database/pools.js';
import { EventLog } from '../telemetry/event-log.js';
import { Retention } from './retention.js';

/** What is old is forgotten. */
@Module({})
export class RetentionModule {
  static with(policy: RetentionPolicy): DynamicModule {
    const useFactory = (pools: Pools, events: EventLog): Retention => new Retention(policy, pools, events);
    return {
      module: RetentionModule,
      providers: [{ provide: Retention, useFactory, inject: [Pools, EventLog] }],
    };
  }
}
