import { Module } from '@nestjs/common';
import { BodyStore } from './body.store.js';
import { EventStore } from './event.store.js';
import { SightingStore } from './sighting.store.js';

/** 4: what came in, on disk. */
@Module({ providers: [BodyStore, EventStore, SightingStore], exports: [BodyStore, EventStore, SightingStore] })
export class EventsModule {}
