import { EVENT_FIELDS, toEventFields, type EventFields, type EventFieldsRow } from '../events/event-fields.js';
import { FORCED, IS_SHUT } from './gate.js';

/** A delivery as its batch's consumer needs it, its event included, the body's bytes not. */
export interface ClaimedDelivery extends EventFields {
  readonly id: string;
  readonly eventId: string;
  readonly replayId: string;
  /** Set on a route with an order: no other delivery of the lane is sent meanwhile. */
  readonly lane: string | undefined;
  /** Attempts recorded so far, of all rounds. */
  readonly attempts: number;
  /** Attempts that count in this round. */
  readonly roundAttempts: number;
  /** Since the round began. */
  readonly ageMs: number;
  /** False: nobody proved who sent it; its source is, or was, in shadow mode. */
  readonly verified: boolean;
  readonly contentType: string | undefined;
  /** An operator tries the destination out: it is stored nowhere, and its request says so. */
  readonly isTest?: true;
}

/** `replay_id` of an original delivery. */
export const NO_REPLAY = '00000000-0000-0000-0000-000000000000';

/** A row of `TAKE_BATCH`; a batch without deliveries gives one row without an id. */
export interface TakenRow extends EventFieldsRow {
  destination_id: number;
  is_probe: boolean;
  is_shut: boolean;
  is_shut_by_hand: boolean | null;
  slots: number;
  lease_ms: number;
  id: string;
  event_id: string;
  replay_id: string;
  lane: string | null;
  attempts: number;
  round_attempts: number;
  age_ms: number;
  verified: boolean;
  content_type: string | null;
}

/** Turns a row into a delivery. */
export function toDelivery(row: TakenRow): ClaimedDelivery {
  return {
    id: row.id,
    eventId: row.event_id,
    replayId: row.replay_id,
    lane: row.lane ?? undefined,
    attempts: row.attempts,
    roundAttempts: row.round_attempts,
    ageMs: row.age_ms,
    verified: row.verified,
    contentType: row.content_type ?? undefined,
    ...toEventFields(row),
  };
}

/** Takes batch `$1` for runner `$2`, by compare-and-set, and gives its deliveries with their events. */
export const TAKE_BATCH = `
  WITH taken AS (
    UPDATE hookyard.delivery_batch SET runner = $2, lease_until = clock_timestamp() + lease_ms * interval '1 ms'
    WHERE id = $1 AND runner IS NULL AND lease_until > clock_timestamp()
    RETURNING id, destination_id, is_probe, slots, lease_ms
  )
  SELECT taken.destination_id, taken.is_probe, taken.slots, taken.lease_ms, ${IS_SHUT} AS is_shut,
    g.paused_at IS NOT NULL OR ${FORCED} = 'open' AS is_shut_by_hand,
    d.id, d.event_id, d.replay_id, d.lane, d.attempts, d.round_attempts,
    (extract(epoch FROM clock_timestamp() - d.round_started_at) * 1000)::float8 AS age_ms,
    e.refusal IS NULL AS verified, e.content_type, ${EVENT_FIELDS}
  FROM taken
  JOIN hookyard.destination_gate g ON g.destination_id = taken.destination_id
  LEFT JOIN (hookyard.delivery d
    JOIN hookyard.event e ON e.id = d.event_id
    JOIN hookyard.source s ON s.id = e.source_id) ON d.batch_id = taken.id AND d.status = 'claimed'
  ORDER BY d.next_attempt_at, d.id`;
