import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { publicId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import { NO_REPLAY, type ClaimedDelivery } from '../queue/batch.store.js';
import type { HandlerDestination } from '../routing/topology.js';
import { parseBody } from '../sources/parse-body.js';
import { EventLog } from '../telemetry/event-log.js';
import { HandlerDatabase, seal, type HandlerConnection } from './handler-database.js';
import { HandlerRegistry } from './handler-registry.js';
import { lockDelivery, markDelivered, transactionStatus } from './handler-transaction.js';
import type { ErrorClass, Outcome } from './outcome.js';
import { responseExcerpt } from './response-excerpt.js';
import { Runner } from './runner.js';
import { Slots } from './slots.js';
import type { WebhookContext, WebhookEvent } from './webhook-handler.js';

const NOT_STARTED: Outcome = { kind: 'not-started', delayMs: 0 };
const NO_CONNECTION: Outcome = { kind: 'not-started', delayMs: 1_000 };
const TERMINATE_WITHIN_MS = 2_000;

/**
 * Runs handlers, each in a transaction that also holds its delivery's row: what the handler wrote and `delivered` commit
 * together or not at all.
 */
@Injectable()
export class HandlerRunner {
  private readonly slots: Slots;
  private readonly underWay = new Set<AbortController>();

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly database: HandlerDatabase,
    private readonly pools: Pools,
    private readonly runner: Runner,
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
    const giveSlot = await this.slots.take();
    try {
      if (!mayStart()) return NOT_STARTED;
      const connection = await this.database.connect().catch(() => undefined);
      return connection ? await this.transact(connection, batchId, delivery, bytes, destination) : NO_CONNECTION;
    } finally {
      giveSlot();
    }
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
    const { queryRunner, client } = connection;
    const startedAt = performance.now();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(TIMED_OUT), policy.timeoutMs);
    this.underWay.add(abort);
    let committing: string | undefined;
    let destroyed = false;
    try {
      await queryRunner.startTransaction();
      const transactionId = await lockDelivery(client, delivery.id, batchId, policy.timeoutMs);
      // Settled, cancelled or claimed by another process meanwhile: not ours to run any more.
      if (transactionId === undefined) {
        await client.query('ROLLBACK');
        return NOT_STARTED;
      }
      const context: WebhookContext = {
        manager: queryRunner.manager,
        signal: abort.signal,
        attempt: delivery.attempts + 1,
        replay: delivery.replayId !== NO_REPLAY,
        deliveryId: publicId('dlv', delivery.id),
        idempotencyKey: publicId('dlv', delivery.id),
      };
      await untilAborted(abort.signal, Promise.resolve(this.registry.get(name)?.(toEvent(delivery, bytes), context)));
      seal(queryRunner);
      const marked = await untilAborted(
        abort.signal,
        markDelivered(client, delivery, transactionId, performance.now() - startedAt, this.runner.id),
      );
      if (!marked) throw new TransactionLostError('the handler ended the transaction it was given');
      // From here on the clock is off: whether it committed is Postgres's to say.
      clearTimeout(timer);
      this.underWay.delete(abort);
      committing = transactionId;
      const { command } = await client.query('COMMIT');
      committing = undefined;
      // After an SQL error that the handler swallowed, Postgres answers a commit with ROLLBACK, and no error.
      if (command !== 'COMMIT') throw new TransactionLostError('Postgres rolled the transaction back');
      return { kind: 'committed' };
    } catch (error) {
      if (committing !== undefined) {
        destroyed = true;
        await connection.destroy();
        return await this.resolveCommit(committing);
      }
      if (abort.signal.aborted) {
        // Rolling back and reusing the connection would let the handler, still running, write outside any transaction.
        destroyed = true;
        await this.terminate(connection);
        return abort.signal.reason === STOPPED ? { kind: 'interrupted' } : failed('HANDLER_TIMEOUT', TIMED_OUT);
      }
      this.events.log.warn({ event: 'handler.failed', handler: name, deliveryId: delivery.id, error: (error as Error)?.stack ?? String(error) }, 'handler failed');
      seal(queryRunner);
      destroyed = !(await client.query('ROLLBACK').then(
        () => true,
        () => false,
      ));
      if (destroyed) await connection.destroy();
      const lost = error instanceof TransactionLostError || (error as { code?: string })?.code === IN_FAILED_TRANSACTION;
      return failed(lost ? 'HANDLER_TRANSACTION_LOST' : 'HANDLER_FAILED', error);
    } finally {
      clearTimeout(timer);
      this.underWay.delete(abort);
      if (!destroyed) await connection.release();
    }
  }

  /** Closes the connection, and ends its server process too: one that is busy would keep the delivery's row locked. */
  private async terminate(connection: HandlerConnection): Promise<void> {
    const { processID } = connection.client as unknown as { processID: number };
    await connection.destroy();
    await this.pools.work
      .query('SELECT pg_terminate_backend($1, $2)', [processID, TERMINATE_WITHIN_MS])
      .catch((error: Error) => this.events.log.warn({ error: error.message }, 'handler connection not terminated'));
  }

  /** The answer to COMMIT was lost; the transaction's own status tells whether it took effect. */
  private async resolveCommit(transactionId: string): Promise<Outcome> {
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 2_000)) {
      const status = await transactionStatus(this.pools.work, transactionId).catch(() => 'in progress');
      if (status === 'committed') return { kind: 'committed' };
      if (status === 'aborted') return failed('HANDLER_TRANSACTION_LOST', new Error('the connection was lost at COMMIT'));
      await sleep(waitMs);
    }
  }
}

const IN_FAILED_TRANSACTION = '25P02';
const TIMED_OUT = new Error('the handler took longer than its timeout');
const STOPPED = new Error('the process is stopping');

class TransactionLostError extends Error {}

function failed(errorClass: ErrorClass, error: unknown): Outcome {
  const text = error instanceof Error ? error.message : String(error);
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

function toEvent(delivery: ClaimedDelivery, bytes: Buffer): WebhookEvent {
  const { source, sourceType, externalId, type, subject, tenant, occurredAt, receivedAt } = delivery;
  const { apiVersion, livemode, headers, contentType } = delivery;
  return {
    id: publicId('evt', delivery.eventId),
    source,
    sourceType,
    externalId,
    type,
    subject,
    tenant,
    occurredAt,
    receivedAt,
    apiVersion,
    livemode,
    headers,
    contentType,
    data: parseBody(contentType, bytes).payload,
    rawBody: bytes,
  };
}
