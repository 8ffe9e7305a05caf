import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { TopologyStore } from '../routing/topology.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { Metrics } from '../telemetry/metrics/metrics.js';
import { MonitorHandler } from './monitor-handler.js';
import { MonitorStore } from './monitor.store.js';
import { MonitorWatch } from './monitor-watch.js';

/** A webhook of our own that goes the whole way, now and then. */
@Module({})
export class MonitorModule {
  /** Without `monitor` in hookyard.yaml only what forgets the runs of earlier days. Processes with the role `intake` send. */
  static with({ roles, declared: { monitor } }: Config): DynamicModule {
    const watch = {
      provide: MonitorWatch,
      useFactory: (...dependencies: [MonitorStore, TopologyStore, EventLog, Metrics]) =>
        monitor && new MonitorWatch(monitor, ...dependencies),
      inject: [MonitorStore, TopologyStore, EventLog, Metrics],
    };
    return {
      module: MonitorModule,
      providers: [
        MonitorStore,
        ...(monitor ? [MonitorHandler] : []),
        ...(monitor && roles.has('intake') ? [watch] : []),
      ],
    };
  }
}
