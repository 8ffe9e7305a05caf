import { Module } from '@nestjs/common';
import { BodyStore } from './body.store.js';
import { EventStore } from './event.store.js';

/** 4: what came in, on disk. */
@Module({ providers: [BodyStore, EventStore], exports: [BodyStore, EventStore] })
export class EventsModule {}
