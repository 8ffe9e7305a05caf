import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { EventLog } from './event-log.js';
import type { Log } from './log.js';
import { BacklogGauges } from './metrics/backlog-gauges.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';
import { Scrapes } from './metrics/scrapes.js';
import { Tracing } from './tracing/tracing.js';

/** What every folder tells of itself: the event log, and the metrics that are counted from it. */
@Global()
@Module({})
export class TelemetryModule {
  static with(log: Log, traces: Config['traces']): DynamicModule {
    const metrics = new Metrics();
    return {
      module: TelemetryModule,
      controllers: [MetricsController],
      providers: [
        { provide: EventLog, useValue: new EventLog(log, metrics) },
        { provide: Metrics, useValue: metrics },
        { provide: Tracing, useFactory: () => startTracing(traces) },
        BacklogGauges,
        Scrapes,
      ],
      exports: [EventLog, Metrics, Tracing],
    };
  }
}

async function startTracing(settings: Config['traces']): Promise<Tracing> {
  if (!settings) return new Tracing(undefined);
  const { startTraceExport } = await import('./tracing/trace-export.js');
  return new Tracing(startTraceExport(settings));
}
