import { Injectable } from '@nestjs/common';
import { BatchStore } from '../queue/batch.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { Runner } from './runner.js';

const TICK_MS = 250;

/** A batch held by this process. */
export class Lease {
  /** `performance.now()` just before the last renewal was asked for: the earliest it can have begun. */
  renewedAt: number;
  private lost = false;

  constructor(
    readonly batchId: string,
    private readonly leaseMs: number,
    /** `performance.now()` just before the batch was asked for. */
    readonly takenAt: number,
  ) {
    this.renewedAt = takenAt;
  }

  /** May a send start that can take `timeoutMs`? Only while it would end before anyone else may claim the delivery. */
  covers(timeoutMs: number): boolean {
    return !this.lost && performance.now() - this.renewedAt < this.leaseMs - timeoutMs;
  }

  /** Renewed every third of the lease. */
  isDue(now: number): boolean {
    return !this.lost && now - this.renewedAt > this.leaseMs / 3;
  }

  /** Somebody else may have it now. */
  lose(): void {
    this.lost = true;
  }
}

/** Renews the leases of all batches of the process, in one statement when any is due. */
@Injectable()
export class LeaseKeeper {
  private readonly leases = new Map<string, Lease>();
  private timer: NodeJS.Timeout | undefined;
  private renewing = false;

  constructor(
    private readonly batches: BatchStore,
    private readonly runner: Runner,
    private readonly events: EventLog,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.renewDue(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Keeps a batch that was taken at `takenAt` (`performance.now()` before it was asked for) until `release`. */
  hold(batchId: string, leaseMs: number, takenAt: number): Lease {
    const lease = new Lease(batchId, leaseMs, takenAt);
    this.leases.set(batchId, lease);
    return lease;
  }

  release(lease: Lease): void {
    this.leases.delete(lease.batchId);
  }

  private async renewDue(): Promise<void> {
    const askedAt = performance.now();
    const due = [...this.leases.values()].filter((lease) => lease.isDue(askedAt));
    if (this.renewing || due.length === 0) return;
    this.renewing = true;
    try {
      const own = await this.batches.renew(
        due.map(({ batchId }) => batchId),
        this.runner.id,
      );
      for (const lease of due) {
        if (own.has(lease.batchId)) lease.renewedAt = askedAt;
        // A batch whose last result was settled meanwhile is gone too; nothing is left in it to send.
        else lease.lose();
      }
    } catch (error) {
      // The lease simply gets older; sends stop by themselves before it runs out.
      this.events.log.warn({ event: 'lease.unrenewed', error: (error as Error).message }, 'leases not renewed');
    } finally {
      this.renewing = false;
    }
  }
}
