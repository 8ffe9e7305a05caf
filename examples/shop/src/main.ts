import { runStandalone } from 'hookyard';
import { acme } from './acme/acme.js';
import { CreateOrders1795000000000 } from './orders/create-orders.migration.js';
import { OrdersModule } from './orders/orders.module.js';

// Everything else (ports, the database, secrets) comes from the environment and hookyard.yaml, as for the router alone.
await runStandalone({ imports: [OrdersModule], sources: [acme], migrations: [CreateOrders1795000000000] });
