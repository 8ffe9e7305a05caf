import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { Config } from '../config/config.js';
import { QueueModule } from '../queue/queue.module.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

/** For probes. Every role listens. */
@Module({})
export class HealthModule {
  /** The queue decides about readiness only where this process works on it. */
  static with(config: Config): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule, QueueModule],
      controllers: [HealthController],
      providers: [{ provide: Readiness, useValue: new Readiness(config.roles.has('worker')) }],
      exports: [Readiness],
    };
  }
}
