import type { LanePlace } from './lane.js';
import type { NormalisedEvent } from '../sources/name-event.js';
import type { Sighting } from './sighting.js';

/** A verified webhook on its way to disk: the event, its body, and one delivery per destination. */
export interface NewEvent {
  /** Stored form; see `newId`. */
  readonly id: string;
  readonly sourceId: number;
  readonly normalised: NormalisedEvent;
  /** Of the whole request; the event is `normalised.part` of it. */
  readonly body: Buffer;
  /** Under which id the body is stored, one row a request. Of an event that is its whole body, the event's own. */
  readonly bodyId: string;
  readonly deliveries: readonly NewDelivery[];
  /** The revision of the configuration whose routes were asked. */
  readonly routedRevision: bigint;
  /** Set: the deliveries are stored `held`, with this reason. */
  readonly heldReason: string | undefined;
  /** Set where the sender does not sign the id: its body is looked up among those seen lately. */
  readonly sighting?: Sighting;
  /** Set when nothing proved the sender, and the source takes it all the same (shadow mode): what was wrong. */
  readonly refusal?: string;
}

export interface NewDelivery {
  readonly id: string;
  readonly destinationId: number;
  readonly routeId: number;
  /** Set: it is stored dead with this reason, whatever holds the others. */
  readonly deadReason: 'filter_failed' | undefined;
  /** Only on a route with an order. */
  readonly lane?: LanePlace | undefined;
}

/** What became of a `NewEvent`. */
export interface Recorded {
  /** The id under which the event is stored: the first one's, for a duplicate. */
  readonly id: string;
  readonly status: 'accepted' | 'duplicate';
  /** A duplicate whose body differs from the first one's. */
  readonly conflict: boolean;
  /** Set: the same body came before under another id, as this event. Stored form. */
  readonly suspectedReplayOf?: string;
  /** Its deliveries are held because of that. */
  readonly heldAsReplay?: boolean;
}
