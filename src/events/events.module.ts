import { Module } from '@nestjs/common';
import { EventStore } from './event.store.js';

/** 4: what came in, on disk. */
@Module({ providers: [EventStore], exports: [EventStore] })
export class EventsModule {}
