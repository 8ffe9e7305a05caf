import { Injectable } from '@nestjs/common';
import { WebhookHandler, type WebhookContext, type WebhookEvent } from 'hookyard';
import { Order } from './order.entity.js';

/** Of Acme's `order.placed`, what the shop reads. */
interface AcmeOrderPlaced {
  readonly order: { readonly number: string; readonly total_cents: number };
}

/** Of Stripe's `invoice.paid`, what the shop reads. */
interface StripeInvoicePaid {
  readonly data: { readonly object: { readonly id: string; readonly amount_paid: number } };
}

/** What webhooks do in the shop. Written through `manager`, it takes effect exactly once, however often they are delivered. */
@Injectable()
export class OrderHandlers {
  @WebhookHandler({ name: 'acme-orders', sourceType: 'acme', types: ['order.placed'] })
  async orderPlaced({ data }: WebhookEvent<AcmeOrderPlaced>, { manager }: WebhookContext): Promise<void> {
    const { number, total_cents } = data.order;
    await manager.insert(Order, { channel: 'acme', reference: number, totalCents: total_cents });
  }

  @WebhookHandler({ name: 'stripe-invoices', sourceType: 'stripe', types: ['invoice.paid'], retry: 'fast' })
  async invoicePaid({ data }: WebhookEvent<StripeInvoicePaid>, { manager }: WebhookContext): Promise<void> {
    const { id, amount_paid } = data.data.object;
    await manager.insert(Order, { channel: 'stripe', reference: id, totalCents: amount_paid });
  }
}
