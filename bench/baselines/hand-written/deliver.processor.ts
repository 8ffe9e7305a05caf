import { Processor, WorkerHost } from '@nestjs/bullmq';
import { InjectRepository } from '@nestjs/typeorm';
import type { Job } from 'bullmq';
import { Repository } from 'typeorm';
import { WebhookEvent } from './webhook-event.entity.js';

const TIMEOUT_MS = 15_000;

/** One job, one event: read it, send it, mark it. What fails is thrown, and BullMQ tries again. */
@Processor('webhooks', { concurrency: 20 })
export class DeliverProcessor extends WorkerHost {
  private readonly target = process.env['TARGET'] ?? '';

  constructor(@InjectRepository(WebhookEvent) private readonly events: Repository<WebhookEvent>) {
    super();
  }

  override async process(job: Job<{ eventId: string }>): Promise<void> {
    const event = await this.events.findOneByOrFail({ id: job.data.eventId });
    const response = await fetch(this.target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event.payload),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`answered ${response.status}`);
    await this.events.update(event.id, {
      status: 'delivered',
      deliveredAt: new Date(),
      attempts: job.attemptsMade + 1,
    });
  }
}
