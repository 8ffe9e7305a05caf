import { Injectable } from '@nestjs/common';
import { BodyStore } from '../events/body.store.js';
import { BatchStore, type TakenBatch } from '../queue/batch.store.js';
import { type ClaimedDelivery } from '../queue/claimed-delivery.js';
import { Paces } from '../queue/paces.js';
import type { Destination } from '../routing/topology.js';
import { TopologyStore } from '../routing/topology.store.js';
import { about, correlate } from '../telemetry/correlation.js';
import { EventLog } from '../telemetry/event-log.js';
import { Tracing } from '../telemetry/tracing/tracing.js';
import { BodyReader, bytesFor } from './body-reader.js';
import { Breakers } from './breakers.js';
import { HandlerRunner } from './handlers/handler-runner.js';
import { HttpSender } from './http/http-sender.js';
import { LeaseKeeper, type Lease } from './lease-keeper.js';
import { describeOutcome, spanOf } from './attempt-span.js';
import type { ErrorClass, Outcome } from './outcome.js';
import { Runner } from './runner.js';
import { SendBudget } from './send-budget.js';
import { SettleBuffer } from './settle-buffer.js';
import type { Result } from './settle-results.js';
import { notStarted, settle, type Settlement } from './settle.js';
import { thrownText } from './thrown-text.js';

/** Another process may have what this one lacks (a handler, a newer configuration); it gets the time to take it. */
const ELSEWHERE_DELAY_MS = 1_000;
/** Bodies in memory while they are sent; each also exists as hex text and, for CloudEvents, as a copy for a moment. */
const BUDGET_BYTES = 64 * 1024 * 1024;
const NOT_STARTED: Outcome = { kind: 'not-started', delayMs: 0 };
const TIMEOUTS = new Set<ErrorClass>(['TIMEOUT', 'HANDLER_TIMEOUT']);

/** Works on batches: takes one, sends its deliveries as far as the lease carries, and settles each as it ends. */
@Injectable()
export class BatchRunner {
  private stopping = false;
  private readonly budget = new SendBudget(BUDGET_BYTES);
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly batches: BatchStore,
    private readonly bodies: BodyStore,
    private readonly topology: TopologyStore,
    private readonly leases: LeaseKeeper,
    private readonly breakers: Breakers,
    private readonly http: HttpSender,
    private readonly handlers: HandlerRunner,
    private readonly buffer: SettleBuffer,
    private readonly runner: Runner,
    private readonly events: EventLog,
    private readonly tracing: Tracing,
    private readonly paces: Paces,
  ) {}

  /** Resolves when every delivery of the batch is settled or given back. A batch that is not ours to take does nothing. */
  async run(batchId: string): Promise<void> {
    // While stopping it goes back untaken: nobody has to wait for its lease to run out.
    const work = this.stopping ? this.batches.unclaim([batchId]) : this.work(batchId);
    this.running.add(work);
    try {
      await work;
    } finally {
      this.running.delete(work);
    }
  }

  /** From now on nothing is taken and no send starts; what has not started is given back. */
  stopSending(): void {
    this.stopping = true;
  }

  /** Resolves when the batches under way are done with. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  /** Ends what is under way; it is recorded `interrupted` and tried again, using no attempt. */
  abortSends(): void {
    this.http.abortAll();
    this.handlers.abortAll();
  }

  private async work(batchId: string): Promise<void> {
    const takenAt = performance.now();
    const batch = await this.batches.take(batchId, this.runner.id);
    if (!batch) return;
    const lease = this.leases.hold(batchId, batch.leaseMs, takenAt);
    try {
      const { destinations } = this.topology.current;
      this.breakers.keepOnly(destinations);
      const destination = destinations.get(batch.destinationId);
      const here = destination && (destination.kind === 'http' || this.handlers.has(destination.name));
      if (here) await this.sendAll(batch, destination, lease);
      else await Promise.all(batch.deliveries.map((own) => this.finish(batch, own, notStarted(ELSEWHERE_DELAY_MS))));
      await this.batches.drop(batchId);
    } finally {
      this.leases.release(lease);
    }
  }

  /** As many lanes as the batch has slots, each taking the next delivery when it is done with one. */
  private async sendAll(batch: TakenBatch, destination: Destination, lease: Lease): Promise<void> {
    this.breakers.follow(destination.id, batch.gate);
    const { policy } = destination;
    const bodies = new BodyReader(
      this.bodies,
      batch.deliveries.map(({ body }) => bytesFor(destination, body)),
    );
    const waiting = [...batch.deliveries.entries()];
    const settling: Promise<void>[] = [];
    // After a timeout, or when the destination asked for quiet, what has not started goes back.
    let enough = false;
    const mayStart = (): boolean =>
      !this.stopping && !enough && !this.breakers.isShut(destination.id) && lease.covers(policy.timeoutMs);
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [index, delivery] = next;
        const startedAt = performance.now();
        const outcome = mayStart()
          ? await this.attempt(batch, delivery, destination, () => bodies.read(index), mayStart)
          : NOT_STARTED;
        if (outcome.kind === 'failed' && TIMEOUTS.has(outcome.errorClass)) enough = true;
        const durationMs = performance.now() - startedAt;
        if (outcome.kind !== 'not-started') this.paces.attempted(destination.id, durationMs);
        const standing = {
          ...delivery,
          ageMs: delivery.ageMs + performance.now() - lease.takenAt,
          isProbe: batch.isProbe,
        };
        const settlement = settle(outcome, standing, policy, Math.random());
        if (settlement.deferMs !== undefined || settlement.gone) enough = true;
        const excerpt = 'excerpt' in outcome ? outcome.excerpt : undefined;
        const quota = outcome.kind === 'answered' ? outcome.quota : undefined;
        const finishing = this.finish(batch, delivery, settlement, { startedAt, durationMs, excerpt, quota });
        settling.push(finishing);
        const tried = settlement.attempt !== undefined || outcome.kind === 'committed';
        if (tried) this.log(delivery, destination, settlement, durationMs);
        // The gate hears of a failure before this slot sends again: a destination that fails fast would get the whole batch.
        if (settlement.health === 'failed') await finishing;
      }
    };
    await Promise.all(Array.from({ length: Math.min(batch.slots, waiting.length) }, lane));
    await Promise.all(settling);
  }

  private async attempt(
    batch: TakenBatch,
    delivery: ClaimedDelivery,
    destination: Destination,
    readBody: () => Promise<Buffer | undefined>,
    mayStart: () => boolean,
  ): Promise<Outcome> {
    const release = await this.budget.take(destination.id, delivery.body.length);
    try {
      const bytes = await readBody();
      if (!bytes) return { kind: 'failed', errorClass: 'BODY_MISSING', excerpt: undefined };
      // All that may have taken a while: the lease, a sibling's timeout or a stop may forbid by now what was allowed before.
      if (!mayStart()) return NOT_STARTED;
      return await this.send(batch, delivery, bytes, destination, mayStart);
    } catch (error) {
      // The database is away: no fault of the destination's, and the result could not be written now anyway.
      this.events.log.warn({ event: 'body.unread', ...about(delivery), error: thrownText(error) }, 'body not read');
      return { kind: 'not-started', delayMs: ELSEWHERE_DELAY_MS };
    } finally {
      release();
    }
  }

  private async send(
    batch: TakenBatch,
    delivery: ClaimedDelivery,
    bytes: Buffer,
    destination: Destination,
    mayStart: () => boolean,
  ): Promise<Outcome> {
    try {
      const attempt = (): Promise<Outcome> =>
        destination.kind === 'http'
          ? this.http.send(delivery, bytes, destination)
          : this.handlers.run(batch.id, delivery, bytes, destination, mayStart);
      const traced = (): Promise<Outcome> =>
        correlate(delivery, () => this.tracing.attempt(spanOf(delivery, destination), attempt, describeOutcome));
      return (await this.breakers.execute(destination.id, traced)) ?? NOT_STARTED;
    } catch (error) {
      // A bug of ours; as a failed attempt it is seen, bounded and in the end a dead letter, instead of coming back for ever.
      this.events.log.error(
        { event: 'attempt.failed', ...about(delivery), error: thrownText(error, 'stack') },
        'attempt failed',
      );
      return { kind: 'failed', errorClass: 'INTERNAL', excerpt: undefined };
    }
  }

  private finish(
    batch: TakenBatch,
    delivery: ClaimedDelivery,
    settlement: Settlement,
    tried: Pick<Result, 'startedAt' | 'durationMs' | 'excerpt' | 'quota'> = {
      startedAt: 0,
      durationMs: 0,
      excerpt: undefined,
    },
  ): Promise<void> {
    return this.buffer.add({
      ...tried,
      deliveryId: delivery.id,
      batchId: batch.id,
      destinationId: batch.destinationId,
      lane: delivery.lane,
      settlement,
      number: delivery.attempts + 1,
      isProbe: batch.isProbe,
      runner: this.runner.id,
    });
  }

  private log(delivery: ClaimedDelivery, destination: Destination, settlement: Settlement, durationMs: number): void {
    this.events.attempted({
      deliveryId: delivery.id,
      eventId: delivery.eventId,
      destination: destination.name,
      type: `${delivery.sourceType}.${delivery.type}`,
      attempt: delivery.attempts + 1,
      outcome: settlement.attempt ?? 'delivered',
      status: settlement.status,
      statusCode: settlement.statusCode,
      errorClass: settlement.errorClass,
      durationMs: Math.round(durationMs),
      sinceReceivedMs: Math.max(0, Date.now() - delivery.receivedAt.getTime()),
      nextInMs: settlement.status === 'pending' ? settlement.delayMs : undefined,
      ...(destination.kind === 'http'
        ? // Not the path either: chat services put a token there.
          { method: 'POST', target: destination.url.origin }
        : { target: 'handler' }),
    });
  }
}
