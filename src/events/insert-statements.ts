import { HELD_AS_REPLAY, IDS_NAMED } from './sighting.js';

/** What of the statement a group of events needs beside the plain way; each costs something. */
interface Needs {
  /** Some events share a body. Its row is written with the first of them that is new, whichever that is. */
  readonly parts: boolean;
  /** Some may be replays under another id, or were not verified. */
  readonly watched: boolean;
  /** Some deliveries have an order; their numbers are given out in the order of the arrays. */
  readonly lanes: boolean;
}

const PLAIN_VALUES = 24;
const PARTS_VALUES = 5;
const WATCHED_VALUES = 4;

/** A delivery's number in the order of arrival; only with a lane. */
const ARRIVAL = `CASE WHEN lane IS NOT NULL THEN nextval('hookyard.lane_seq') END`;
/** The provider's time of its event, or ours. */
const SUBJECT_AT = `CASE WHEN lane IS NOT NULL THEN coalesce(occurred_at, statement_timestamp()) END`;

/**
 * Event, body and deliveries of many webhooks in one statement, so that either all of a webhook is on disk or nothing.
 * Bodies come as one binary parameter cut by offset: an array of bytea would travel as hex text of twice the size.
 *
 * Watched: a body is claimed before its event is written, in one order everywhere (the sort makes the claims complete before the
 * first event, so that no statement waits for a claim while it holds an event). Of two at once the second waits and sees the first.
 * An id that a claim already knows is a sender's repetition, and no other.
 */
function insertSql({ parts, watched, lanes }: Needs): string {
  const only = (given: boolean, sql: string): string => (given ? sql : '');
  const at = (offset: number): number => PLAIN_VALUES + (parts ? PARTS_VALUES : 0) + offset;
  const lane = (offset: number): number => at((watched ? WATCHED_VALUES : 0) + offset);
  return `
  WITH input AS (
    SELECT * FROM unnest(
      $1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::boolean[],
      $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int[], $16::int[], $23::bigint[]
      ${only(parts, ', $25::uuid[], $26::int[], $27::int[], $28::int[], $29::int[]')}
      ${only(watched, `, $${at(1)}::text[], $${at(2)}::float8[], $${at(3)}::int[], $${at(4)}::text[]`)})
      AS i(id, source_id, external_id, type, subject, tenant, occurred_at, api_version, livemode,
           headers, signature_headers, content_type, body_sha256, body_format, body_start, body_bytes, routed_revision
           ${only(parts, ', body_id, body_offset, body_length, list_start, list_end')}
           ${only(watched, ', fingerprint, window_hours, hold_after, refusal')})
  ), ${only(watched, CLAIMS)} inserted AS (
    INSERT INTO hookyard.event (id, source_id, external_id, type, subject, tenant, occurred_at, api_version, livemode,
      headers, signature_headers, content_type, body_sha256, body_format, routed_revision, body_day, body_id, body_length
      ${only(parts, ', body_offset, list_start, list_end')} ${only(watched, ', suspected_replay_of, refusal')})
    SELECT id, source_id, external_id, type, subject, tenant, occurred_at, api_version, livemode,
      headers::jsonb, signature_headers::jsonb, content_type, decode(body_sha256, 'hex'), body_format, routed_revision,
      (statement_timestamp() AT TIME ZONE 'UTC')::date,
      ${parts ? 'body_id, body_length, body_offset, list_start, list_end' : 'id, body_bytes'}
      ${only(watched, ', judged.replay_of, refusal')}
    FROM input ${only(watched, 'LEFT JOIN judged USING (id) ORDER BY source_id, external_id COLLATE "C"')}
    ON CONFLICT (source_id, external_id) DO NOTHING
    RETURNING id, body_day
  ), bodies AS (
    INSERT INTO hookyard.body (day, id, bytes)
    SELECT own.body_day, own.body_id, substring($17::bytea FROM own.body_start + 1 FOR own.body_bytes)
    FROM (SELECT ${parts ? 'DISTINCT ON (body_id) body_id' : 'id AS body_id'}, body_day, body_start, body_bytes
          FROM input JOIN inserted USING (id)) AS own
    ${only(parts, 'ON CONFLICT DO NOTHING')}
  ), deliveries AS (
    INSERT INTO hookyard.delivery (id, event_id, destination_id, route_id, status, held_reason, dead_reason,
      last_error_class, settled_at ${only(lanes, ', lane, lane_seq, lane_ordered, lane_latest, subject_at')})
    SELECT d.id, d.event_id, d.destination_id, d.route_id,
      CASE WHEN d.dead_reason IS NOT NULL THEN 'dead' WHEN d.held_reason IS NOT NULL THEN 'held' ELSE 'pending' END,
      CASE WHEN d.dead_reason IS NULL THEN d.held_reason END, d.dead_reason,
      -- A filter is all that can end a delivery before its first attempt.
      CASE WHEN d.dead_reason IS NOT NULL THEN 'FILTER_FAILED' END,
      CASE WHEN d.dead_reason IS NOT NULL THEN statement_timestamp() END
      ${only(lanes, ', lane, lane_seq, lane_ordered, lane_latest, subject_at')}
    FROM (SELECT u.id, event_id, destination_id, route_id, dead_reason,
            ${only(lanes, `lane, lane_seq, lane_ordered, lane_latest, ${SUBJECT_AT} AS subject_at,`)}
            ${watched ? `CASE WHEN judged.held THEN '${HELD_AS_REPLAY}' ELSE u.held_reason END AS held_reason` : 'held_reason'}
          FROM ${only(lanes, `(SELECT *, ${ARRIVAL} AS lane_seq FROM`)}
            unnest($18::uuid[], $19::uuid[], $20::int[], $21::int[], $22::text[], $24::text[]
              ${only(lanes, `, $${lane(1)}::uuid[], $${lane(2)}::boolean[], $${lane(3)}::boolean[], $${lane(4)}::timestamptz[]`)})
            AS ${lanes ? 'given' : 'u'}(id, event_id, destination_id, route_id, held_reason, dead_reason
              ${only(lanes, ', lane, lane_ordered, lane_latest, occurred_at')}) ${only(lanes, ') AS u')}
          ${only(watched, 'LEFT JOIN judged ON judged.id = event_id')}) AS d
    JOIN inserted ON inserted.id = d.event_id
  )
  SELECT inserted.id ${only(watched, ', judged.replay_of, judged.held')}
  FROM inserted ${only(watched, 'LEFT JOIN judged USING (id)')}`;
}

/**
 * A body's row, made or counted on; a row past its window begins anew. Ids that are stored already are repetitions and claim
 * nothing. `judged`: of which event each may be a replay, and whether its id is one too many.
 */
const CLAIMS = `claimed AS (
    INSERT INTO hookyard.body_sighting AS seen_before (source_id, fingerprint, first_event_id, external_ids, seen, window_ends_at)
    SELECT source_id, decode(fingerprint, 'hex'), (array_agg(id ORDER BY id))[1],
      (array_agg(external_id ORDER BY id))[1:${IDS_NAMED}], count(*),
      statement_timestamp() + max(window_hours) * interval '1 hour'
    FROM input
    WHERE fingerprint IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM hookyard.event e WHERE e.source_id = input.source_id AND e.external_id = input.external_id)
    GROUP BY source_id, fingerprint ORDER BY source_id, fingerprint COLLATE "C"
    ON CONFLICT (source_id, fingerprint) DO UPDATE SET (first_event_id, external_ids, seen, window_ends_at) = (
      SELECT CASE WHEN is_over THEN excluded.first_event_id ELSE seen_before.first_event_id END,
        CASE WHEN is_over THEN excluded.external_ids ELSE (seen_before.external_ids || new_ids)[1:${IDS_NAMED}] END,
        CASE WHEN is_over THEN excluded.seen ELSE seen_before.seen + cardinality(new_ids) END,
        CASE WHEN is_over THEN excluded.window_ends_at ELSE seen_before.window_ends_at END
      FROM (SELECT seen_before.window_ends_at < statement_timestamp() AS is_over,
              array(SELECT id FROM unnest(excluded.external_ids) AS id WHERE id <> ALL (seen_before.external_ids)) AS new_ids
           ) AS now)
    RETURNING source_id, fingerprint, first_event_id, external_ids
  ), claims AS MATERIALIZED (
    SELECT * FROM claimed ORDER BY source_id, fingerprint
  ), judged AS (
    SELECT i.id, CASE WHEN c.first_event_id <> i.id THEN c.first_event_id END AS replay_of,
      coalesce(array_position(c.external_ids, i.external_id COLLATE "C"), ${IDS_NAMED + 1}) > i.hold_after AS held
    FROM input i JOIN claims c ON c.source_id = i.source_id AND c.fingerprint = decode(i.fingerprint, 'hex')
  ),`;

/** What runs; a name means that it is prepared. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
}

const made = new Map<string, Statement>();

/**
 * The statement for a group with these needs. With parts it is not prepared: it may have thousands of rows, and a plan made for a
 * few would compare each with each.
 */
export function insertStatement(needs: Needs): Statement {
  const key = `${needs.parts ? ' parts' : ''}${needs.watched ? ' watched' : ''}${needs.lanes ? ' lanes' : ''}`;
  let statement = made.get(key);
  if (!statement) {
    const text = insertSql(needs);
    statement = needs.parts ? { text } : { name: `insert-events${key.replaceAll(' ', '-')}`, text };
    made.set(key, statement);
  }
  return statement;
}
