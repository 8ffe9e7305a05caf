import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { IssueLedger } from '../issues/issue-ledger.js';
import { TopologyStore } from '../routing/topology.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { BatchStore } from './batch.store.js';
import { claim, type Claimable } from './claim.js';
import { DeliveryQueue } from './delivery.queue.js';
import { HandlerNames } from './handler-names.js';
import { freeStranded } from './lanes.js';
import { Paces } from './paces.js';

/** Another process's retry or a missed wake-up is noticed after this at the latest. */
const LONGEST_SLEEP_MS = 1_000;
/** Under load, a pause this short lets rows gather, so that claims are few and batches full. An idle relay does not wait. */
const ROUND_GAP_MS = 5;
const REAP_EVERY_MS = 1_000;
/** No more batches than this wait for a worker at a time (see `claim`), so no older one of ours can be among them. */
const REMEMBERED = 256;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;

/**
 * Claims due deliveries through the gates and hands them to the queue as batches. Woken in-process by a commit or a settle;
 * otherwise it sleeps until something is due. Runs in every role: whoever is up keeps deliveries moving.
 */
@Injectable()
export class Relay {
  private stopped = new AbortController();
  private running: Promise<void> | undefined;
  private woken = false;
  private wakeUp: (() => void) | undefined;
  private lastDestination = 0;
  private reapedAt = 0;
  /** How far this round of looking for stranded deliveries has come. */
  private strandedAfter: string | undefined;
  private runHere: ((batchId: string) => void) | undefined;
  /** The newest batches that this process handed to the queue. */
  private handedOn: string[] = [];

  constructor(
    private readonly pools: Pools,
    private readonly topology: TopologyStore,
    private readonly batches: BatchStore,
    private readonly queue: DeliveryQueue,
    private readonly handlers: HandlerNames,
    private readonly paces: Paces,
    private readonly events: EventLog,
    private readonly issues: IssueLedger,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /**
   * A worker says how it runs a batch. Handlers' batches go there straight instead of through the queue: during a rolling deploy
   * a worker that lacks the handler would keep winning the job, only to give it back.
   */
  runHandlersHere(run: (batchId: string) => void): void {
    this.runHere = run;
  }

  /** Resolves when the round under way is over; nothing is claimed after that, and what no worker has taken is given back. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.wakeUp?.();
    await this.running;
    await this.batches.unclaim(this.handedOn);
  }

  /** There may be something due: a commit made deliveries, a settle freed slots. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    for (let backoffMs = FIRST_BACKOFF_MS; !signal.aborted;) {
      this.woken = false;
      try {
        const waitMs = await this.round();
        backoffMs = FIRST_BACKOFF_MS;
        await pause(ROUND_GAP_MS, signal);
        await this.sleepUntilWoken(Math.min(waitMs, LONGEST_SLEEP_MS));
      } catch (error) {
        this.events.log.warn({ event: 'relay.failed', error: (error as Error).message, backoffMs }, 'relay backs off');
        await pause(backoffMs, signal);
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  /** Claims once; gives back how long nothing more will be due. */
  private async round(): Promise<number> {
    if (performance.now() - this.reapedAt > REAP_EVERY_MS) {
      await this.reap();
      this.paces.keepOnly(this.topology.current.destinations);
      this.strandedAfter = await freeStranded(this.pools.work, this.strandedAfter);
      this.reapedAt = performance.now();
    }
    const { batches, nextDueMs } = await claim(this.pools.work, this.claimable(), this.lastDestination);
    if (batches.length === 0) return nextDueMs;
    this.lastDestination = batches.at(-1)?.destinationId ?? 0;
    for (const { destinationId } of batches) this.paces.claimed(destinationId, performance.now());
    const ids = batches.map(({ id }) => id);
    this.handedOn = [...this.handedOn, ...ids].slice(-REMEMBERED);
    const forHere = batches.filter(({ destinationId }) => this.isHandler(destinationId)).map(({ id }) => id);
    const forQueue = ids.filter((id) => !forHere.includes(id));
    for (const id of forHere) this.runHere?.(id);
    if (forQueue.length === 0) return 0;
    try {
      await this.queue.add(forQueue);
    } catch (error) {
      await this.batches.unclaim(forQueue);
      throw error;
    }
    return 0;
  }

  private async reap(): Promise<void> {
    const { deliveries, untaken, dead } = await this.batches.reap();
    if (deliveries > 0) this.events.log.info({ event: 'lease.expired', deliveries }, 'claimed again');
    for (const { id, eventId, destinationId } of dead) {
      const destination = this.topology.current.destinations.get(destinationId)?.name ?? '';
      this.events.lost({ deliveryId: id, eventId, destination });
      const failure = { destinationId, errorClass: 'WORKER_LOST', statusCode: undefined, deliveryId: id };
      this.issues.note({ ...failure, isDead: true });
    }
    // Not waited for: a job that stays behind finds no batch, it only takes room while no worker is up.
    this.queue.remove(untaken).catch((error: Error) => {
      this.events.log.debug({ error: error.message }, 'jobs of dropped batches not removed');
    });
  }

  private isHandler(destinationId: number): boolean {
    return this.topology.current.destinations.get(destinationId)?.kind === 'handler';
  }

  /** HTTP destinations, and those handlers that this process has and runs. */
  private claimable(): Map<number, Claimable> {
    const destinations = [...this.topology.current.destinations.values()];
    const now = performance.now();
    return new Map(
      destinations
        .filter(({ kind, name }) => kind === 'http' || (this.runHere && this.handlers.has(name)))
        .map(({ id, policy }) => [id, { id, policy, pace: this.paces.of(id, now) }]),
    );
  }

  private async sleepUntilWoken(ms: number): Promise<void> {
    if (this.woken || ms <= 0 || this.stopped.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = undefined;
  }
}

/** Sleeps; a stop ends it early, without an error. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
