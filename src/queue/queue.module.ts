import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { BatchStore } from './batch.store.js';
import { DELIVERY_QUEUE, DeliveryQueue } from './delivery.queue.js';
import { GateControl } from './gate-control.js';
import { GateStore } from './gate.store.js';
import { HandlerNames } from './handler-names.js';
import { Paces } from './paces.js';
import { Relay } from './relay.js';

/** 5: gates, claims, and the queue that carries batches to whoever has time. */
@Module({
  imports: [
    BullModule.registerQueue({
      name: DELIVERY_QUEUE,
      defaultJobOptions: {
        attempts: 1,
        removeOnComplete: true,
        removeOnFail: true,
        stackTraceLimit: 0,
        sizeLimit: 1024,
      },
    }),
  ],
  providers: [BatchStore, DeliveryQueue, GateControl, GateStore, HandlerNames, Paces, Relay],
  exports: [BatchStore, DeliveryQueue, GateControl, GateStore, HandlerNames, Paces, Relay],
})
export class QueueModule {}
