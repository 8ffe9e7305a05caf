import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import { FORCED } from '../../queue/gate.js';
import { HANDLER_ABSENT_AFTER } from '../../queue/handler-names.js';
import { NO_REPLAY } from '../../queue/claimed-delivery.js';
import { answerCount, answerTime, named } from '../openapi/answer-fields.js';

/** The listed table has the alias `t`. */
export const DELIVERY_FROM = `hookyard.delivery t JOIN hookyard.destination d ON d.id = t.destination_id
  LEFT JOIN hookyard.destination_gate g ON g.destination_id = t.destination_id`;

/** What a pending delivery waits for is computed from its gate, never stored: pausing a destination rewrites no rows. */
export const DELIVERY_COLUMNS = `t.id, t.event_id, d.name AS destination, d.kind, t.route_id, t.replay_id, t.status, t.held_reason, t.released_at,
  t.attempts, t.next_attempt_at, t.last_status_code, t.last_error_class, t.dead_reason, t.created_at, t.settled_at,
  CASE WHEN t.status <> 'pending' THEN NULL
       WHEN g.paused_at IS NOT NULL THEN 'paused'
       WHEN coalesce(${FORCED}, g.breaker_state) = 'open' THEN 'breaker'
       WHEN t.next_attempt_at IS NULL THEN 'order'
       WHEN g.not_before > clock_timestamp() OR (g.quota_remaining < 1 AND g.quota_until > clock_timestamp()) THEN 'rate'
       WHEN d.kind = 'handler' AND coalesce(g.handler_seen_at < clock_timestamp() - interval '${HANDLER_ABSENT_AFTER}', true) THEN 'handler'
  END AS waiting_for`;

/** A row of `DELIVERY_COLUMNS`. */
export interface DeliveryRow {
  id: string;
  event_id: string;
  destination: string;
  kind: string;
  route_id: number | null;
  replay_id: string;
  status: string;
  held_reason: string | null;
  released_at: Date | null;
  attempts: number;
  next_attempt_at: Date | null;
  last_status_code: number | null;
  last_error_class: string | null;
  dead_reason: string | null;
  created_at: Date;
  settled_at: Date | null;
  waiting_for: string | null;
}

/** A delivery as the API shows it. */
export const deliveryAnswer = named(
  'Delivery',
  z.object({
    id: z.string(),
    eventId: z.string(),
    destination: z.string(),
    destinationKind: z.string(),
    routeId: z.int().nullable(),
    replay: z.boolean(),
    replayId: z.string().nullable(),
    status: z.string(),
    heldReason: z.string().nullable(),
    releasedAt: answerTime.nullable(),
    waitingFor: z.string().nullable(),
    attempts: answerCount,
    nextAttemptAt: answerTime.nullable(),
    lastStatusCode: z.int().nullable(),
    lastErrorClass: z.string().nullable(),
    deadReason: z.string().nullable(),
    createdAt: answerTime,
    settledAt: answerTime.nullable(),
  }),
);

/** Makes it of a row. */
export function showDelivery(row: DeliveryRow): z.output<typeof deliveryAnswer> {
  return {
    id: publicId('dlv', row.id),
    eventId: publicId('evt', row.event_id),
    destination: row.destination,
    destinationKind: row.kind,
    routeId: row.route_id,
    replay: row.replay_id !== NO_REPLAY,
    replayId: row.replay_id === NO_REPLAY ? null : publicId('rpl', row.replay_id),
    status: row.status,
    heldReason: row.held_reason,
    releasedAt: row.released_at,
    waitingFor: row.waiting_for,
    attempts: row.attempts,
    nextAttemptAt: row.status === 'pending' ? row.next_attempt_at : null,
    lastStatusCode: row.last_status_code,
    lastErrorClass: row.last_error_class,
    deadReason: row.dead_reason,
    createdAt: row.created_at,
    settledAt: row.settled_at,
  };
}

/** A row of `hookyard.attempt`. */
export interface AttemptRow {
  number: number;
  started_at: Date;
  duration_ms: number;
  outcome: string;
  status_code: number | null;
  error_class: string | null;
  response_excerpt: string | null;
  is_probe: boolean;
}

/** An attempt as the API shows it. */
export const attemptAnswer = named(
  'Attempt',
  z.object({
    number: z.int().min(1),
    startedAt: answerTime,
    durationMs: z.number().min(0),
    outcome: z.string(),
    statusCode: z.int().nullable(),
    errorClass: z.string().nullable(),
    responseExcerpt: z.string().nullable(),
    probe: z.boolean(),
  }),
);

/** Makes it of a row. */
export function showAttempt(row: AttemptRow): z.output<typeof attemptAnswer> {
  return {
    number: row.number,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    outcome: row.outcome,
    statusCode: row.status_code,
    errorClass: row.error_class,
    responseExcerpt: row.response_excerpt,
    probe: row.is_probe,
  };
}
