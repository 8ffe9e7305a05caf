import { Global, Module, type DynamicModule } from '@nestjs/common';
import { EventLog } from './event-log.js';
import type { Log } from './log.js';
import { BacklogGauges } from './metrics/backlog-gauges.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';

/** What every folder tells of itself: the event log, and the metrics that are counted from it. */
@Global()
@Module({})
export class TelemetryModule {
  static with(log: Log): DynamicModule {
    const metrics = new Metrics();
    return {
      module: TelemetryModule,
      controllers: [MetricsController],
      providers: [
        { provide: EventLog, useValue: new EventLog(log, metrics) },
        { provide: Metrics, useValue: metrics },
        BacklogGauges,
      ],
      exports: [EventLog, Metrics],
    };
  }
}
