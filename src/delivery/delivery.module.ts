import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DataSource } from 'typeorm';
import type { Config } from '../config/config.js';
import { poolSizes } from '../database/pool-sizes.js';
import { EventsModule } from '../events/events.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { AddressGuard } from './http/address-guard.js';
import { BatchRunner } from './batch-runner.js';
import { Breakers } from './breakers.js';
import { DeliveryConsumer } from './delivery.consumer.js';
import { HandlerDatabase } from './handlers/handler-database.js';
import { HandlerPresence } from './handlers/handler-presence.js';
import { HandlerRegistry } from './handlers/handler-registry.js';
import { HandlerRunner } from './handlers/handler-runner.js';
import { HttpSender } from './http/http-sender.js';
import { LeaseKeeper } from './lease-keeper.js';
import { Runner } from './runner.js';
import { SettleBuffer } from './settle-buffer.js';

/** 6 and 7: from a batch to its destination, and what becomes of each delivery. */
@Module({})
export class DeliveryModule {
  /** `config.roles` decides whether this process works on batches; handlers are found in every role. */
  static with(config: Config): DynamicModule {
    const worker = [
      { provide: AddressGuard, useValue: new AddressGuard(config.allowedNetworks) },
      {
        provide: HandlerDatabase,
        useFactory: (application: DataSource) =>
          new HandlerDatabase(application, poolSizes(config.database.poolMax).handlers),
        inject: [DataSource],
      },
      Runner,
      LeaseKeeper,
      Breakers,
      HttpSender,
      HandlerRunner,
      SettleBuffer,
      BatchRunner,
      DeliveryConsumer,
      HandlerPresence,
    ];
    const isWorker = config.roles.has('worker');
    return {
      module: DeliveryModule,
      imports: [DiscoveryModule, EventsModule, QueueModule],
      providers: [HandlerRegistry, ...(isWorker ? worker : [])],
      exports: [HandlerRegistry],
    };
  }
}
