/** An application with one handler, which writes a row in the transaction it is given. Started by `measures/handlers.ts`. */
import { Injectable, Module } from '@nestjs/common';
import { runStandalone, WebhookHandler, type WebhookContext, type WebhookEvent } from '../src/hookyard.js';

@Injectable()
class Ledger {
  @WebhookHandler({ name: 'ledger', source: 'stripe', types: ['invoice.paid'] })
  async book(event: WebhookEvent, { manager }: WebhookContext): Promise<void> {
    await manager.query('INSERT INTO public.ledger (event_id) VALUES ($1)', [event.id]);
  }
}

@Module({ providers: [Ledger] })
class LedgerModule {}

await runStandalone({ imports: [LedgerModule] });
