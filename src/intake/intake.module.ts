import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { EventsModule } from '../events/events.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { RejectionsModule } from '../rejections/rejections.module.js';
import { IntakeController } from './intake.controller.js';
import { IntakeService } from './intake.service.js';
import { PublicBase } from './public-base.js';
import { RecordLog } from './record-log.js';

/** 1 and 2: HTTP in. From a request to a committed event and its acknowledgement. */
@Module({})
export class IntakeModule {
  static with(config: Config): DynamicModule {
    return {
      module: IntakeModule,
      imports: [EventsModule, QueueModule, RejectionsModule],
      controllers: [IntakeController],
      providers: [{ provide: PublicBase, useValue: new PublicBase(config.http.publicUrl) }, RecordLog, IntakeService],
      exports: [IntakeService],
    };
  }
}
