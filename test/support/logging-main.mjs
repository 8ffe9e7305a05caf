/** A router with a handler that logs through Nest's `Logger`, as an application's would: before and after it has waited. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, Module } from '@nestjs/common';
import { runStandalone, WebhookHandler } from '../../dist/src/hookyard.js';

class Orders {
  log = new Logger('Orders');

  async handle(event) {
    this.log.log(`began ${event.externalId}`);
    await sleep(20);
    this.log.warn(`ended ${event.externalId}`);
  }
}
const handle = Object.getOwnPropertyDescriptor(Orders.prototype, 'handle');
WebhookHandler({ name: 'orders', sourceType: 'stripe' })(Orders.prototype, 'handle', handle);

class OrdersModule {}
Module({ providers: [Orders] })(OrdersModule);

await runStandalone({ imports: [OrdersModule] });
