import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { Pools } from '../database/pools.js';
import { DELIVERY_QUEUE, type BatchJob } from '../queue/delivery.queue.js';
import { QueueErrors } from '../queue/queue-errors.js';
import { EventLog } from '../telemetry/event-log.js';
import { failureLevel } from '../telemetry/failure-level.js';
import { BatchRunner } from './batch-runner.js';
import { thrownText } from './thrown-text.js';
import { WorkerGuard } from './worker-guard.js';

/**
 * A job only awaits I/O, so many may run: a destination that hangs holds its own slots and nothing else. Under a trickle each
 * batch is one delivery, so a hanging destination holds a job per slot, 20 by default: this is room for a hundred of them.
 */
const CONCURRENCY = 2_000;

/**
 * Takes jobs from BullMQ. It returns nothing and throws nothing that a destination wrote: a NUL byte in a result or an error
 * text makes BullMQ's Postgres backend run the job again.
 */
@Processor(DELIVERY_QUEUE, {
  concurrency: CONCURRENCY,
  lockDuration: 30_000,
  stalledInterval: 10_000,
  // BullMQ fails a job that stalls more often than this; ours is only a wake-up, the batch's lease decides.
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
  autorun: false,
})
export class DeliveryConsumer extends WorkerHost {
  private readonly errors: QueueErrors;
  private readonly guard: WorkerGuard;

  constructor(
    private readonly runner: BatchRunner,
    private readonly events: EventLog,
    pools: Pools,
  ) {
    super();
    this.errors = new QueueErrors('worker', events);
    this.guard = new WorkerGuard(() => this.worker, pools.work);
  }

  /** Begins to take jobs. */
  start(): void {
    void this.worker.run().catch((error: Error) => this.errors.report(error));
  }

  override async process(job: Job<BatchJob>): Promise<undefined> {
    await this.work(job.data.batchId);
    return undefined;
  }

  /** Works on a batch, whoever brought it; never rejects. */
  async work(batchId: string): Promise<void> {
    try {
      await this.runner.run(batchId);
    } catch (error) {
      // The batch's lease runs out and its deliveries are claimed again.
      this.events.log[failureLevel(error)](
        { event: 'batch.failed', error: thrownText(error) },
        'batch left to its lease',
      );
    }
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.errors.report(error);
    this.guard.onError(error);
  }
}
