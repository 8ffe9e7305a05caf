import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { RefusedRequests } from './refused-requests.js';
import { RejectionSampler } from './rejection-sampler.js';
import { RejectionStore } from './rejection.store.js';
import { Reverifier } from './reverifier.js';

/** Beside 2: samples of what was refused, why, and the way back in. */
@Module({
  imports: [EventsModule, QueueModule],
  providers: [RejectionStore, RejectionSampler, Reverifier, RefusedRequests],
  exports: [RejectionStore, RejectionSampler, Reverifier, RefusedRequests],
})
export class RejectionsModule {}
