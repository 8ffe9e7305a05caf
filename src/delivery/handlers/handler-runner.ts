import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { publicId } from '../../database/ids.js';
import { Pools } from '../../database/pools.js';
import { NO_REPLAY, type ClaimedDelivery } from '../../queue/claimed-delivery.js';
import type { HandlerDestination } from '../../routing/topology.js';
import { TopologyStore } from '../../routing/topology.store.js';
import { EventLog } from '../../telemetry/event-log.js';
import { HandlerDatabase, type HandlerConnection } from './handler-database.js';
import { HandlerRegistry } from './handler-registry.js';
import { HandlerTransaction, wasCommitted } from './handler-transaction.js';
import type { ErrorClass, Outcome } from '../outcome.js';
import { responseExcerpt } from '../http/response-excerpt.js';
import { Runner } from '../runner.js';
import { Slots } from './slots.js';
import { isConnectionLost, thrownText } from '../thrown-text.js';
import { toEvent } from './webhook-event.js';
import type { WebhookContext } from './webhook-handler.js';

const NOT_STARTED: Outcome = { kind: 'not-started', delayMs: 0 };
const NO_CONNECTION: Outcome = { kind: 'not-started', delayMs: 1_000 };
/** The database went away under the handler; it is not at fault, and waiting a little is all that helps. */
const CONNECTION_LOST: Outcome = { kind: 'interrupted', delayMs: 1_000 };

/**
 * Runs handlers, each in a transaction that also holds its delivery's row: what the handler wrote and `delivered` commit
 * together or not at all.
 */
@Injectable()
export class HandlerRunner {
  private readonly slots: Slots;
  private readonly shares = new Map<number, Slots>();
  private readonly underWay = new Set<AbortController>();

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly database: HandlerDatabase,
    private readonly pools: Pools,
    private readonly runner: Runner,
    private readonly topology: TopologyStore,
    private readonly events: EventLog,
  ) {
    this.slots = new Slots(database.size);
  }

  /** Does this process have the handler? */
  has(name: string): boolean {
    return this.registry.get(name) !== undefined;
  }

  /** One attempt. `mayStart` is asked again once a connection is free: the wait for it may have used up the lease. */
  async run(
    batchId: string,
    delivery: ClaimedDelivery,
    bytes: Buffer,
    destination: HandlerDestination,
    mayStart: () => boolean,
  ): Promise<Outcome> {
    const giveShare = await this.shareOf(destination.id).take();
    const giveSlot = await this.slots.take();
    try {
      if (!mayStart()) return NOT_STARTED;
      const connection = await this.database.connect().catch(() => undefined);
      return connection ? await this.transact(connection, batchId, delivery, bytes, destination) : NO_CONNECTION;
    } finally {
      giveSlot();
      giveShare();
    }
  }

  /** One handler holds at most half of the connections, so that one which hangs leaves the others some. */
  private shareOf(destinationId: number): Slots {
    let share = this.shares.get(destinationId);
    if (!share) {
      share = new Slots(Math.ceil(this.database.size / 2));
      this.shares.set(destinationId, share);
    }
    return share;
  }

  /** Ends every handler under way; its transaction is rolled back and its attempt ends as `interrupted`. */
  abortAll(): void {
    for (const abort of this.underWay) abort.abort(STOPPED);
  }

  private async transact(
    connection: HandlerConnection,
    batchId: string,
    delivery: ClaimedDelivery,
    bytes: Buffer,
    { name, policy }: HandlerDestination,
  ): Promise<Outcome> {
    const transaction = new HandlerTransaction(connection);
    const startedAt = performance.now();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(TIMED_OUT), policy.timeoutMs);
    this.underWay.add(abort);
    let phase: Phase = 'beginning';
    try {
      if (!(await untilAborted(abort.signal, transaction.begin(delivery.id, batchId, policy.timeoutMs)))) {
        // Settled, cancelled or claimed by another process meanwhile: not ours to run any more.
        await transaction.rollback(this.pools.work);
        return NOT_STARTED;
      }
      abort.signal.throwIfAborted();
      phase = 'handling';
      await untilAborted(abort.signal, this.call(name, delivery, bytes, transaction.manager, abort.signal));
      const durationMs = performance.now() - startedAt;
      const marked = await untilAborted(abort.signal, transaction.markDelivered(delivery, durationMs, this.runner.id));
      if (!marked) throw new TransactionLostError('the handler ended the transaction it was given');
      // From here on the clock is off: whether it committed is Postgres's to say.
      clearTimeout(timer);
      this.underWay.delete(abort);
      phase = 'committing';
      if ((await transaction.commit()) === 'committed') return { kind: 'committed' };
      return failed('HANDLER_TRANSACTION_LOST', 'Postgres rolled the transaction back');
    } catch (error) {
      return await this.fail(transaction, phase, error, abort.signal, delivery.id, name);
    } finally {
      clearTimeout(timer);
      this.underWay.delete(abort);
    }
  }

  /** Ends the transaction of a handler that did not come through; the ending first, because nothing else may hinder it. */
  private async fail(
    transaction: HandlerTransaction,
    phase: Phase,
    error: unknown,
    signal: AbortSignal,
    deliveryId: string,
    name: string,
  ): Promise<Outcome> {
    if (phase === 'committing') {
      await transaction.terminate(this.pools.work);
      if (await wasCommitted(this.pools.work, deliveryId)) return { kind: 'committed' };
      return failed('HANDLER_TRANSACTION_LOST', 'the connection was lost at COMMIT');
    }
    if (signal.aborted) {
      // Rolling back and reusing the connection would let the handler, still running, write outside any transaction.
      await transaction.terminate(this.pools.work);
      if (phase === 'beginning') return NO_CONNECTION;
      if (signal.reason === STOPPED) return { kind: 'interrupted', delayMs: 0 };
      return failed('HANDLER_TIMEOUT', TIMED_OUT.message);
    }
    await transaction.rollback(this.pools.work);
    if (isConnectionLost(error)) return phase === 'beginning' ? NO_CONNECTION : CONNECTION_LOST;
    this.events.log.warn(
      { event: 'handler.failed', handler: name, deliveryId, error: thrownText(error, 'stack') },
      'handler failed',
    );
    const lost =
      error instanceof TransactionLostError || (error as { code?: unknown } | null)?.code === IN_FAILED_TRANSACTION;
    return failed(lost ? 'HANDLER_TRANSACTION_LOST' : 'HANDLER_FAILED', thrownText(error));
  }

  private async call(
    name: string,
    delivery: ClaimedDelivery,
    bytes: Buffer,
    manager: EntityManager,
    signal: AbortSignal,
  ): Promise<void> {
    const handle = this.registry.get(name);
    if (!handle) throw new Error(`this process has no handler ${name}`);
    const context: WebhookContext = {
      manager,
      signal,
      attempt: delivery.attempts + 1,
      replay: delivery.replayId !== NO_REPLAY,
      deliveryId: publicId('dlv', delivery.id),
      idempotencyKey: publicId('dlv', delivery.id),
    };
    const formField = this.topology.current.sources.get(delivery.source)?.description.formField;
    await handle(toEvent(delivery, bytes, formField), context);
  }
}

/** How far a call has come; an error means something else in each. */
type Phase = 'beginning' | 'handling' | 'committing';

const IN_FAILED_TRANSACTION = '25P02';
const TIMED_OUT = new Error('the handler took longer than its timeout');
const STOPPED = new Error('the process is stopping');

class TransactionLostError extends Error {}

function failed(errorClass: ErrorClass, text: string): Outcome {
  return { kind: 'failed', errorClass, excerpt: responseExcerpt(Buffer.from(text)) };
}

/** The work's result, unless the signal aborts first. Work that goes on after that is watched, so that it cannot crash us. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
