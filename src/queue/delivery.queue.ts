import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { EventLog } from '../telemetry/event-log.js';
import { within } from '../within.js';
import { QueueErrors } from './queue-errors.js';

/** The one queue. */
export const DELIVERY_QUEUE = 'deliveries';

/** All that a job carries: the row knows the rest. The queue may be lost whole and nothing is. */
export interface BatchJob {
  readonly batchId: string;
}

/** Longer than a healthy backend ever takes; after it the claim is given back, and a job that lands late finds no batch. */
const ADD_WITHIN_MS = 5_000;

/** Hands batches to BullMQ. */
@Injectable()
export class DeliveryQueue implements OnApplicationBootstrap {
  private readonly errors: QueueErrors;

  constructor(
    @InjectQueue(DELIVERY_QUEUE) private readonly queue: Queue<BatchJob>,
    events: EventLog,
  ) {
    this.errors = new QueueErrors('queue', events);
  }

  onApplicationBootstrap(): void {
    this.queue.on('error', (error) => this.errors.report(error));
  }

  /** One job per batch. Rejects when the backend does not confirm in time. */
  async add(batchIds: readonly string[]): Promise<void> {
    const jobs = batchIds.map((batchId) => ({
      name: 'batch',
      data: { batchId },
      opts: { jobId: jobId(batchId) },
    }));
    const late = (): Error => new Error(`the queue did not answer within ${ADD_WITHIN_MS} ms`);
    await within(this.queue.addBulk(jobs), ADD_WITHIN_MS, late);
  }

  /** Takes the jobs of batches that are no more out of the queue, where they still wait. */
  async remove(batchIds: readonly string[]): Promise<void> {
    await Promise.all(batchIds.map((batchId) => this.queue.remove(jobId(batchId))));
  }

  /** Does the backend answer? For readiness. */
  async ping(): Promise<void> {
    await this.queue.getJobCountByTypes('active');
  }
}

/** Never a plain number and never with a colon: BullMQ refuses both. New at each claim, so it never meets an old job. */
function jobId(batchId: string): string {
  return `b_${batchId}`;
}
