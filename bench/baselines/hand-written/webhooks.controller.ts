import { InjectQueue } from '@nestjs/bullmq';
import { Controller, Headers, HttpCode, HttpException, Post, Req, type RawBodyRequest } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Queue } from 'bullmq';
import type { IncomingMessage } from 'node:http';
import Stripe from 'stripe';
import { QueryFailedError, Repository } from 'typeorm';
import { STRIPE_SECRET } from '../../secrets.js';
import { WebhookEvent } from './webhook-event.entity.js';

const UNIQUE_VIOLATION = '23505';

/** Verify with the SDK, save, queue a job, answer: the controller of every tutorial, with its corners done well. */
@Controller()
export class WebhooksController {
  private readonly stripe = new Stripe('sk_test_none');

  constructor(
    @InjectRepository(WebhookEvent) private readonly events: Repository<WebhookEvent>,
    @InjectQueue('webhooks') private readonly queue: Queue<{ eventId: string }>,
  ) {}

  @Post('webhooks/stripe')
  @HttpCode(200)
  async receive(
    @Req() request: RawBodyRequest<IncomingMessage>,
    @Headers('stripe-signature') signature: string,
  ): Promise<object> {
    const event = this.verify(request.rawBody ?? Buffer.alloc(0), signature);
    try {
      const saved = await this.events.save(
        this.events.create({ externalId: event.id, type: event.type, payload: event as object }),
      );
      await this.queue.add('deliver', { eventId: saved.id });
    } catch (error) {
      const isDuplicate =
        error instanceof QueryFailedError && (error.driverError as { code?: string }).code === UNIQUE_VIOLATION;
      if (!isDuplicate) throw error;
    }
    return { received: true };
  }

  private verify(body: Buffer, signature: string): Stripe.Event {
    try {
      return this.stripe.webhooks.constructEvent(body, signature, STRIPE_SECRET);
    } catch {
      throw new HttpException('invalid signature', 400);
    }
  }
}
