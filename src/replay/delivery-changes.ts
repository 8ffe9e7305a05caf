import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { Relay } from '../queue/relay.js';
import { changeDelivery, type Changed, type DeliveryChange } from './change-delivery.js';

/** Changes single deliveries, and says so to the relay. */
@Injectable()
export class DeliveryChanges {
  constructor(
    private readonly pools: Pools,
    private readonly relay: Relay,
  ) {}

  /** See `changeDelivery`; what may go out now is claimed at once. */
  async change(id: string, change: DeliveryChange): Promise<Changed> {
    const changed = await changeDelivery(this.pools.work, id, change);
    if (changed.outcome === 'changed' && change !== 'cancel') this.relay.wake();
    return changed;
  }
}
