import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { IntakeController } from './intake.controller.js';
import { IntakeService } from './intake.service.js';

/** 1 and 2: HTTP in. From a request to a committed event and its acknowledgement. */
@Module({
  imports: [EventsModule, QueueModule],
  controllers: [IntakeController],
  providers: [IntakeService],
  exports: [IntakeService],
})
export class IntakeModule {}
