import { Global, Module, type DynamicModule } from '@nestjs/common';
import { EventLog } from './event-log.js';
import type { Log } from './log.js';

/** The event log, for every folder. */
@Global()
@Module({})
export class TelemetryModule {
  static with(log: Log): DynamicModule {
    return {
      module: TelemetryModule,
      providers: [{ provide: EventLog, useValue: new EventLog(log) }],
      exports: [EventLog],
    };
  }
}
