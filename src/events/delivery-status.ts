/** Every status a delivery can have. */
export const DELIVERY_STATUSES = [
  'pending',
  'claimed',
  'held',
  'delivered',
  'dead',
  'cancelled',
  'superseded',
] as const;

export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What a delivery is stored as when its event comes: sent on, held with a reason, or dead because its filter failed. */
export const FIRST_STATUSES: readonly DeliveryStatus[] = ['pending', 'held', 'dead'];

/** What can happen to a delivery. The first group is the router's own work, the second is asked for by a person. */
export const DELIVERY_EVENTS = [
  'claim',
  'unclaim',
  'succeed',
  'fail',
  'give-up',
  'reap',
  'reap-lost',
  'late-success',
  'late-failure',
  'supersede',
  'release',
  'retry',
  'cancel',
  'remove-destination',
] as const;

export type DeliveryEvent = (typeof DELIVERY_EVENTS)[number];

/**
 * The state machine. An event that a status has no entry for changes nothing: the statement finds no row, the endpoint
 * answers 409. Its table in docs/architecture.md is compared with this, and so is every statement that moves a delivery.
 */
const MOVES: Readonly<Record<DeliveryEvent, Partial<Record<DeliveryStatus, DeliveryStatus>>>> = {
  /** The relay takes it through its destination's gate. */
  claim: { pending: 'claimed' },
  /** Its batch never reached the queue, or its holder did not start it. */
  unclaim: { claimed: 'pending' },
  /** Its holder got a 2xx, or its handler committed. */
  succeed: { claimed: 'delivered' },
  /** Its holder failed and there is another attempt; also a deferral and an interruption. */
  fail: { claimed: 'pending' },
  /** Its holder failed for good: a final answer, attempts or age used up. */
  'give-up': { claimed: 'dead' },
  /** The lease of its batch ran out. */
  reap: { claimed: 'pending' },
  /** The same, once too often. */
  'reap-lost': { claimed: 'dead' },
  /** A 2xx of somebody whose lease ran out, or who was overtaken: the destination has it, whatever we thought meanwhile. */
  'late-success': {
    pending: 'delivered',
    claimed: 'delivered',
    held: 'delivered',
    dead: 'delivered',
    cancelled: 'delivered',
    superseded: 'delivered',
  },
  /** Any other result of such a one says nothing. */
  'late-failure': {},
  /** A newer event of its subject was delivered, on a route that wants only the latest. */
  supersede: { pending: 'superseded' },
  /** What held it is over, or a person lets it go. */
  release: { held: 'pending' },
  /** Again, as the same delivery with a fresh budget. Not while it is being sent: that attempt is not over. */
  retry: { pending: 'pending', dead: 'pending', cancelled: 'pending' },
  /** Never again. A send under way cannot be called back, so a claimed one is refused until its attempt has ended. */
  cancel: { pending: 'cancelled', held: 'cancelled' },
  /** Its destination is gone for good. One that is being sent ends first; if it is pending then, this comes again. */
  'remove-destination': { pending: 'dead', held: 'dead' },
};

/** What `status` becomes by `event`; `undefined`: nothing happens to it. */
export function nextStatus(status: DeliveryStatus, event: DeliveryEvent): DeliveryStatus | undefined {
  return MOVES[event][status];
}

/** The statuses that `event` moves: for the `WHERE status = ANY (…)` of the statement that does it. */
export function statusesMovedBy(event: DeliveryEvent): DeliveryStatus[] {
  return DELIVERY_STATUSES.filter((status) => nextStatus(status, event) !== undefined);
}

/** Nothing more happens to it by itself. */
export function isSettled(status: DeliveryStatus): boolean {
  return status !== 'pending' && status !== 'claimed' && status !== 'held';
}
