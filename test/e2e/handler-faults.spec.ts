import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebhookHandler, type WebhookContext, type WebhookEvent } from '../../src/delivery/handlers/webhook-handler.js';
import { accepted, settledDelivery, type SeenDelivery } from '../support/deliveries.js';
import { CreateNotes1790000000000, Note } from '../support/notes.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const policy = {
  sourceType: 'stripe',
  retry: { schedule: ['20ms', '20ms'], jitter: 0 },
  breaker: { failures: 1_000 },
} as const;
const write = (ctx: WebhookContext, text: string): Promise<Note> =>
  ctx.manager.save(Note, { text: `${text} ${ctx.attempt}`, delivery: ctx.deliveryId });

/** Waits a given number of turns of the microtask queue. */
async function microticks(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await Promise.resolve();
}

@Injectable()
class FaultyHandlers {
  /** One branch fails while the other's query is on its way: anywhere between TypeORM's check and the socket. */
  @WebhookHandler({ ...policy, name: 'races', types: ['races.*'] })
  async races(event: WebhookEvent<{ type: string }>, ctx: WebhookContext): Promise<void> {
    await write(ctx, 'before');
    if (ctx.attempt > 1) return;
    const lead = Number(event.type.split('.')[1]);
    const fails = microticks(lead).then(() => {
      throw new Error('one branch failed');
    });
    await Promise.all([fails, write(ctx, 'beside')]);
  }

  /** Nothing can be done with what it throws: no message, no text. */
  @WebhookHandler({ ...policy, name: 'unprintable', types: ['unprintable'] })
  async unprintable(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await write(ctx, 'unprintable');
    if (ctx.attempt === 1) throw Object.create(null) as Error;
    if (ctx.attempt === 2) throw Object.assign(new Error('x'), { message: 42 });
  }

  /** Waits for something else, longer than other connections may idle in a transaction or wait for an answer. */
  @WebhookHandler({ ...policy, name: 'loses', types: ['loses'] })
  async loses(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await write(ctx, 'loses');
    if (ctx.attempt === 1) await ctx.manager.query('SELECT pg_terminate_backend(pg_backend_pid())');
  }

  @WebhookHandler({ ...policy, name: 'next', types: ['next'] })
  async next(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await write(ctx, 'next');
  }
}

@Module({ imports: [TypeOrmModule.forFeature([Note])], providers: [FaultyHandlers] })
class FaultyModule {}

describe('what a handler wrote before it failed', () => {
  let database: TestDatabase;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({
      databaseUrl: database.url,
      options: { imports: [FaultyModule], migrations: [CreateNotes1790000000000] },
    });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });
  const run = async (type: string, handler: string): Promise<SeenDelivery> =>
    settledDelivery(router, await accepted(router, 'stripe', stripeWebhook(`evt_${type}`, type)), handler);
  const notes = async ({ id }: SeenDelivery): Promise<string[]> => {
    const { rows } = await database.pool.query<{ text: string }>(
      'SELECT text FROM public.note WHERE delivery = $1 ORDER BY id',
      [id],
    );
    return rows.map(({ text }) => text);
  };

  it('is not committed by a sibling branch whose query was already on its way', async () => {
    for (let lead = 0; lead < 24; lead += 1) {
      const delivery = await run(`races.${lead}`, 'races');
      expect(delivery).toMatchObject({ status: 'delivered', attempts: 2 });
      await sleep(0);
      expect(await notes(delivery)).toEqual(['before 2']);
    }
  });

  it('is not committed by the next handler on the connection, whatever it threw', async () => {
    const delivery = await run('unprintable', 'unprintable');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 3 });
    expect(delivery.attemptList.map(({ errorClass }) => errorClass)).toEqual([
      'HANDLER_FAILED',
      'HANDLER_FAILED',
      null,
    ]);
    await run('next', 'next');
    expect(await notes(delivery)).toEqual(['unprintable 3']);
  });

  it('is gone with its connection, which is nobody’s fault and uses no attempt', async () => {
    const delivery = await run('loses', 'loses');
    expect(delivery.attemptList.map(({ outcome }) => outcome)).toEqual(['interrupted', 'delivered']);
    expect(await notes(delivery)).toEqual(['loses 2']);
  });
});
