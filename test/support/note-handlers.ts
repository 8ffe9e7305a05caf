import { Injectable, Module } from '@nestjs/common';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Repository } from 'typeorm';
import { WebhookHandler, type WebhookContext, type WebhookEvent } from '../../src/delivery/handlers/webhook-handler.js';
import { Note } from './notes.js';

/** Quick retries; no handler's failures open a breaker for the others' tests. */
const policy = {
  sourceType: 'stripe',
  timeout: '5s',
  retry: { schedule: ['50ms', '50ms'], jitter: 0 },
  breaker: { failures: 1_000 },
} as const;

/** How often each handler was called, and what became of what it did too late; by handler. */
export const calls = new Map<string, number>();
export const late = new Map<string, string>();

function called(name: string): void {
  calls.set(name, (calls.get(name) ?? 0) + 1);
}

const note = (ctx: WebhookContext, text: string): Promise<Note> =>
  ctx.manager.save(Note, { text: `${text} ${ctx.attempt}`, delivery: ctx.deliveryId });

/** Handlers that do what handlers do wrong, mostly on their first attempt. */
@Injectable()
class NoteHandlers {
  constructor(@InjectRepository(Note) private readonly notes: Repository<Note>) {}

  @WebhookHandler({ ...policy, name: 'writes', types: ['writes'] })
  async writes(event: WebhookEvent<{ id: string }>, ctx: WebhookContext): Promise<void> {
    called('writes');
    await note(ctx, event.data.id);
  }

  @WebhookHandler({ ...policy, name: 'throws', types: ['throws'] })
  async throws(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await note(ctx, 'throws');
    if (ctx.attempt < 3) throw new Error('after writing\0, with a NUL');
  }

  @WebhookHandler({ ...policy, name: 'swallows', types: ['swallows'] })
  async swallows(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await note(ctx, 'swallows');
    if (ctx.attempt === 1) await ctx.manager.query('SELECT 1 / 0').catch(() => undefined);
  }

  @WebhookHandler({ ...policy, name: 'outlives', types: ['outlives'], timeout: '200ms' })
  async outlives(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    if (ctx.attempt > 1) return void (await note(ctx, 'outlives'));
    await note(ctx, 'before the timeout');
    await sleep(500);
    for (const again of ['first', 'second']) {
      await note(ctx, `after the timeout, ${again}`).then(
        () => late.set('outlives', 'written'),
        (error: Error) => late.set('outlives', error.name),
      );
    }
    await ctx.manager.query('COMMIT').catch(() => undefined);
  }

  @WebhookHandler({ ...policy, name: 'sleeps', types: ['sleeps'], timeout: '300ms' })
  async sleeps(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await note(ctx, 'sleeps');
    if (ctx.attempt === 1) await ctx.manager.query('SELECT pg_sleep(20)');
  }

  @WebhookHandler({ ...policy, name: 'commits', types: ['commits'] })
  async commits(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    if (ctx.attempt === 1) await ctx.manager.query('COMMIT');
    if (ctx.attempt === 2) {
      await ctx.manager.query('ROLLBACK');
      await ctx.manager.query('BEGIN');
    }
    await note(ctx, 'commits');
  }

  @WebhookHandler({ ...policy, name: 'forgets', types: ['forgets'] })
  async forgets(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await note(ctx, 'forgets');
    void sleep(100)
      .then(() => note(ctx, 'forgotten'))
      .then(
        () => late.set('forgets', 'written'),
        (error: Error) => late.set('forgets', error.name),
      );
    void note(ctx, 'forgotten too').catch(() => undefined);
  }

  @WebhookHandler({ ...policy, name: 'nests', types: ['nests'] })
  async nests(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await ctx.manager.transaction((inner) => inner.save(Note, { text: 'kept', delivery: ctx.deliveryId }));
    await ctx.manager
      .transaction(async (inner) => {
        await inner.save(Note, { text: 'taken back', delivery: ctx.deliveryId });
        throw new Error('inner');
      })
      .catch(() => undefined);
  }

  @WebhookHandler({ ...policy, name: 'own-repository', types: ['own-repository'] })
  async ownRepository(_event: WebhookEvent, ctx: WebhookContext): Promise<void> {
    await this.notes.save({ text: `own ${ctx.attempt}`, delivery: ctx.deliveryId });
    if (ctx.attempt === 1) throw new Error('what went through my own repository stays');
  }
}

@Module({ imports: [TypeOrmModule.forFeature([Note])], providers: [NoteHandlers] })
export class NotesModule {}
