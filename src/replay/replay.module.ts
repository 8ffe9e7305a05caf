import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { BulkChunks } from './bulk-chunks.js';
import { BulkReplayWatch } from './bulk-replay-watch.js';
import { BulkReplays } from './bulk-replays.js';
import { DeliveryChanges } from './delivery-changes.js';
import { EventReplays } from './event-replays.js';
import { RenormalisePreview } from './renormalise-preview.js';
import { Rereader } from './rereader.js';

/** What operators do after the fact: retries, cancels, releases, replays of one event or of many. */
@Module({
  imports: [EventsModule, QueueModule],
  providers: [DeliveryChanges, EventReplays, Rereader, RenormalisePreview, BulkChunks, BulkReplayWatch, BulkReplays],
  exports: [DeliveryChanges, EventReplays, RenormalisePreview, BulkReplays, BulkReplayWatch],
})
export class ReplayModule {}
