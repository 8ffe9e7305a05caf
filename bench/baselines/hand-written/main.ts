/**
 * The baseline: what a good team writes in a day. Nest on Express with `rawBody`, the Stripe SDK, TypeORM, one BullMQ job per
 * event, a worker that sends it. The same Postgres and the same queue backend as the router it is compared with.
 * Environment: DATABASE_URL, REDIS_URL (optional), TARGET (where events go), WORKER=1 runs the worker.
 */
import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import { createPostgresBackend, runMigrations, setDefaultBackendFactory, type ConnectionOptions } from 'bullmq';
import { Client } from 'pg';
import { DeliverProcessor } from './deliver.processor.js';
import { WebhookEvent } from './webhook-event.entity.js';
import { WebhooksController } from './webhooks.controller.js';

const databaseUrl = process.env['DATABASE_URL'] ?? '';
const redisUrl = process.env['REDIS_URL'];

if (redisUrl === undefined) {
  setDefaultBackendFactory(createPostgresBackend);
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await runMigrations(client);
  await client.end();
}
const connection = redisUrl
  ? { url: redisUrl, maxRetriesPerRequest: null }
  : ({ connectionString: databaseUrl, max: 10 } as unknown as ConnectionOptions);

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      url: databaseUrl,
      schema: 'public',
      entities: [WebhookEvent],
      synchronize: true,
      poolSize: 10,
    }),
    TypeOrmModule.forFeature([WebhookEvent]),
    BullModule.forRoot({ connection }),
    BullModule.registerQueue({
      name: 'webhooks',
      defaultJobOptions: {
        attempts: 5,
        backoff: { type: 'exponential', delay: 1000 },
        removeOnComplete: true,
        removeOnFail: { age: 3600 },
      },
    }),
  ],
  controllers: [WebhooksController],
  providers: process.env['WORKER'] === '1' ? [DeliverProcessor] : [],
})
class HandWrittenModule {}

const app = await NestFactory.create<NestExpressApplication>(HandWrittenModule, { rawBody: true, logger: ['error'] });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(JSON.stringify({ event: 'ready', url: await app.getUrl() }));
