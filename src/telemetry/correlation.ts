import { AsyncLocalStorage } from 'node:async_hooks';
import { publicId } from '../database/ids.js';

interface About {
  readonly eventId: string;
  readonly deliveryId: string;
}

/** A delivery, with its ids in their stored form. */
interface Correlated {
  readonly id: string;
  readonly eventId: string;
}

const current = new AsyncLocalStorage<About>();

/**
 * Runs the work on a delivery so that every line logged meanwhile, a handler's own through Nest's `Logger` included, says which
 * event and delivery it is about.
 */
export function correlate<T>(delivery: Correlated, work: () => T): T {
  return current.run(about(delivery), work);
}

/** The same fields, for a line that is written outside such work. */
export function about({ id, eventId }: Correlated): About {
  return { eventId: publicId('evt', eventId), deliveryId: publicId('dlv', id) };
}

/** What the work under way is about; fields for a log line. */
export function correlation(): object {
  return current.getStore() ?? {};
}
