import { Global, Module } from '@nestjs/common';
import { ActivityFlusher } from './activity-flusher.js';
import { ActivityStore } from './activity.store.js';

/** How much came in and went out, kept for weeks: for alerts and the daily digest. Global: whoever shows numbers may ask. */
@Global()
@Module({ providers: [ActivityStore, ActivityFlusher], exports: [ActivityStore, ActivityFlusher] })
export class ActivityModule {}
