import type { BodyReference } from '../events/body.store.js';
import { FORCED, IS_SHUT } from './gate.js';

/** A delivery as its batch's consumer needs it, its event included, the body's bytes not. */
export interface ClaimedDelivery {
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
  readonly source: string;
  readonly sourceType: string;
  readonly externalId: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
  readonly occurredAt: Date | undefined;
  readonly receivedAt: Date;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean | undefined;
  /** False: nobody proved who sent it; its source is, or was, in shadow mode. */
  readonly verified: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly signatureHeaders: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  readonly bodyFormat: 'json' | 'form' | 'binary';
  /** With `list` for one event of several; see `BodyReference`. */
  readonly body: BodyReference;
}

/** `replay_id` of an original delivery. */
export const NO_REPLAY = '00000000-0000-0000-0000-000000000000';

/** A row of `TAKE_BATCH`; a batch without deliveries gives one row without an id. */
export interface TakenRow {
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
  source: string;
  source_type: string;
  external_id: string;
  type: string;
  subject: string | null;
  tenant: string | null;
  occurred_at: Date | null;
  received_at: Date;
  api_version: string | null;
  livemode: boolean | null;
  verified: boolean;
  headers: Record<string, string>;
  signature_headers: Record<string, string>;
  content_type: string | null;
  body_format: 'json' | 'form' | 'binary';
  body_day: string;
  body_id: string;
  body_offset: number;
  body_length: number;
  list_start: number | null;
  list_end: number | null;
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
    source: row.source,
    sourceType: row.source_type,
    externalId: row.external_id,
    type: row.type,
    subject: row.subject ?? undefined,
    tenant: row.tenant ?? undefined,
    occurredAt: row.occurred_at ?? undefined,
    receivedAt: row.received_at,
    apiVersion: row.api_version ?? undefined,
    livemode: row.livemode ?? undefined,
    verified: row.verified,
    headers: row.headers,
    signatureHeaders: row.signature_headers,
    contentType: row.content_type ?? undefined,
    bodyFormat: row.body_format,
    body: {
      day: row.body_day,
      id: row.body_id,
      offset: row.body_offset,
      length: row.body_length,
      ...(row.list_start !== null && row.list_end !== null && { list: { start: row.list_start, end: row.list_end } }),
    },
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
    s.slug AS source, s.type AS source_type, e.external_id, e.type, e.subject, e.tenant, e.occurred_at, e.received_at,
    e.api_version, e.livemode, e.refusal IS NULL AS verified, e.headers, e.signature_headers, e.content_type, e.body_format,
    e.body_day::text AS body_day, e.body_id, e.body_offset, e.body_length, e.list_start, e.list_end
  FROM taken
  JOIN hookyard.destination_gate g ON g.destination_id = taken.destination_id
  LEFT JOIN (hookyard.delivery d
    JOIN hookyard.event e ON e.id = d.event_id
    JOIN hookyard.source s ON s.id = e.source_id) ON d.batch_id = taken.id AND d.status = 'claimed'
  ORDER BY d.next_attempt_at, d.id`;
