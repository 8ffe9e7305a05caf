import type { TestRouter } from './router.js';
import { send, type Webhook } from './senders.js';
import { until } from './until.js';

/** A delivery as the API shows it. */
export interface SeenDelivery {
  readonly id: string;
  readonly eventId: string;
  readonly destination: string;
  readonly status: string;
  readonly waitingFor: string | null;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
  readonly deadReason: string | null;
  readonly lastErrorClass: string | null;
  readonly attemptList: readonly SeenAttempt[];
}

export interface SeenAttempt {
  readonly number: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly errorClass: string | null;
  readonly responseExcerpt: string | null;
  readonly probe: boolean;
}

/** Sends a webhook that must be accepted; gives the event's id. */
export async function accepted(router: TestRouter, slug: string, webhook: Webhook): Promise<string> {
  const { status, json } = await send(router.ingress(slug), webhook);
  if (status !== 200 || json?.status !== 'accepted' || !json.id) throw new Error(`not accepted: ${status}`);
  return json.id;
}

/** The event's delivery to a destination, with its attempts. */
export async function deliveryTo(router: TestRouter, eventId: string, destination: string): Promise<SeenDelivery> {
  const event = await router.api<{ data: { deliveries: SeenDelivery[] } }>(`/events/${eventId}`);
  const listed = event.data.deliveries.find((delivery) => delivery.destination === destination);
  if (!listed) throw new Error(`${eventId} has no delivery to ${destination}`);
  const { data } = await router.api<{ data: SeenDelivery }>(`/deliveries/${listed.id}`);
  return data;
}

/** The same, once it is delivered or dead. */
export async function settledDelivery(
  router: TestRouter,
  eventId: string,
  destination: string,
  withinMs = 15_000,
): Promise<SeenDelivery> {
  return until(
    `the delivery to ${destination} is settled`,
    async () => {
      const delivery = await deliveryTo(router, eventId, destination);
      return ['delivered', 'dead'].includes(delivery.status) ? delivery : undefined;
    },
    withinMs,
  );
}
