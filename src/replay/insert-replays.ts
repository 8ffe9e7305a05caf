import type { Pool, PoolClient } from 'pg';
import { newId } from '../database/ids.js';
import { NO_REPLAY } from '../queue/claimed-delivery.js';
import type { EventReading } from '../events/event-reading.js';
import type { Target } from './targets.js';

/** One event's new deliveries under one replay. */
export interface ReplayedEvent {
  readonly eventId: string;
  readonly targets: readonly Target[];
  /** What the present code reads from its bytes; `undefined`: it goes out as it was stored. */
  readonly reading: EventReading | undefined;
}

/**
 * Deliveries and readings in one statement. Doing it again changes nothing: (event, destination, replay) is unique. A destination
 * that was removed a moment ago gets none; nor does an event that retention forgets just now, hence its lock. Where the original was ordered, the replay goes to the end of its lane; being the latest
 * is asked of it only when `$16` says so.
 */
const INSERT = `
  WITH readings AS (
    INSERT INTO hookyard.event_reading (event_id, replay_id, external_id, type, subject, tenant, occurred_at, api_version,
      livemode, body_format)
    SELECT r.event_id, $1, r.external_id, r.type, r.subject, r.tenant, r.occurred_at, r.api_version, r.livemode, r.body_format
    FROM unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::boolean[],
                $14::text[])
      AS r(event_id, external_id, type, subject, tenant, occurred_at, api_version, livemode, body_format)
    ON CONFLICT DO NOTHING
  )
  INSERT INTO hookyard.delivery (id, event_id, destination_id, route_id, replay_id, status, dead_reason, last_error_class, settled_at,
    lane, lane_seq, lane_ordered, lane_latest, subject_at)
  SELECT d.id, d.event_id, d.destination_id, d.route_id, $1,
    CASE WHEN d.failed THEN 'dead' ELSE 'pending' END, CASE WHEN d.failed THEN 'filter_failed' END,
    CASE WHEN d.failed THEN 'FILTER_FAILED' END, CASE WHEN d.failed THEN statement_timestamp() END,
    o.lane, CASE WHEN o.lane IS NOT NULL THEN nextval('hookyard.lane_seq') END, o.lane_ordered,
    CASE WHEN o.lane IS NOT NULL THEN $16 AND o.lane_latest END, o.subject_at
  FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::int[], $15::boolean[]) AS d(id, event_id, destination_id, route_id, failed)
  LEFT JOIN hookyard.delivery o ON o.event_id = d.event_id AND o.destination_id = d.destination_id
    AND o.replay_id = '${NO_REPLAY}' AND (o.lane_ordered OR ($16 AND o.lane_latest))
  JOIN hookyard.destination x ON x.id = d.destination_id AND x.deleted_at IS NULL
  JOIN hookyard.event e ON e.id = d.event_id
  FOR KEY SHARE OF e
  ON CONFLICT (event_id, destination_id, replay_id) DO NOTHING
  RETURNING id`;

/**
 * Makes the deliveries of a replay: new rows, with new idempotency keys, of stored events. `latestOnly`: where the original's route
 * sends only the latest of a subject, so does the replay; what is outdated ends `superseded`.
 * @returns the ids of the deliveries made.
 */
export async function insertReplays(
  connection: Pool | PoolClient,
  replayId: string,
  events: readonly ReplayedEvent[],
  latestOnly: boolean,
): Promise<string[]> {
  const deliveries = events.flatMap(({ eventId, targets }) =>
    targets.map((target) => ({ id: newId(), eventId, ...target })),
  );
  if (deliveries.length === 0) return [];
  const readings = events.flatMap(({ eventId, reading }) => (reading ? [{ eventId, ...reading }] : []));
  const { rows } = await connection.query<{ id: string }>({
    name: 'insert-replays',
    text: INSERT,
    values: [
      replayId,
      deliveries.map(({ id }) => id),
      deliveries.map(({ eventId }) => eventId),
      deliveries.map(({ destinationId }) => destinationId),
      deliveries.map(({ routeId }) => routeId ?? null),
      readings.map(({ eventId }) => eventId),
      readings.map(({ externalId }) => externalId),
      readings.map(({ type }) => type),
      readings.map(({ subject }) => subject ?? null),
      readings.map(({ tenant }) => tenant ?? null),
      readings.map(({ occurredAt }) => occurredAt?.toISOString() ?? null),
      readings.map(({ apiVersion }) => apiVersion ?? null),
      readings.map(({ livemode }) => livemode ?? null),
      readings.map(({ bodyFormat }) => bodyFormat),
      deliveries.map(({ filterFailure }) => filterFailure !== undefined),
      latestOnly,
    ],
  });
  return rows.map(({ id }) => id);
}
