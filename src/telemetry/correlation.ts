import { AsyncLocalStorage } from 'node:async_hooks';
import { publicId } from '../database/ids.js';

interface About {
  readonly eventId: string;
  readonly deliveryId: string;
}

const current = new AsyncLocalStorage<About>();

/**
 * Runs the work on a delivery so that every line logged meanwhile, a handler's own through Nest's `Logger` included, says which
 * event and delivery it is about.
 */
export function correlate<T>(delivery: { readonly id: string; readonly eventId: string }, work: () => T): T {
  return current.run({ eventId: publicId('evt', delivery.eventId), deliveryId: publicId('dlv', delivery.id) }, work);
}

/** What the work under way is about; fields for a log line. */
export function correlation(): object {
  return current.getStore() ?? {};
}
