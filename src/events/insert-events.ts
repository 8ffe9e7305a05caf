import type { Pool } from 'pg';
import type { NewEvent } from './new-event.js';

/**
 * Event, body and deliveries of many webhooks in one statement, so that either all of a webhook is on disk or nothing.
 * Bodies come as one binary parameter cut by offset: an array of bytea would travel as hex text of twice the size.
 * `parts`: for events that share a body. Its row is written with the first of them that is new, whichever that is.
 */
function insertSql(parts: boolean): string {
  const only = (sql: string): string => (parts ? sql : '');
  return `
  WITH input AS (
    SELECT * FROM unnest(
      $1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::boolean[],
      $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int[], $16::int[]
      ${only(', $23::uuid[], $24::int[], $25::int[], $26::int[], $27::int[]')})
      AS i(id, source_id, external_id, type, subject, tenant, occurred_at, api_version, livemode,
           headers, signature_headers, content_type, body_sha256, body_format, body_start, body_bytes
           ${only(', body_id, body_offset, body_length, list_start, list_end')})
  ), inserted AS (
    INSERT INTO hookyard.event (id, source_id, external_id, type, subject, tenant, occurred_at, api_version, livemode,
      headers, signature_headers, content_type, body_sha256, body_format, body_day, body_id, body_length
      ${only(', body_offset, list_start, list_end')})
    SELECT id, source_id, external_id, type, subject, tenant, occurred_at, api_version, livemode,
      headers::jsonb, signature_headers::jsonb, content_type, decode(body_sha256, 'hex'), body_format,
      (statement_timestamp() AT TIME ZONE 'UTC')::date,
      ${parts ? 'body_id, body_length, body_offset, list_start, list_end' : 'id, body_bytes'}
    FROM input
    ON CONFLICT (source_id, external_id) DO NOTHING
    RETURNING id, body_day
  ), bodies AS (
    INSERT INTO hookyard.body (day, id, bytes)
    SELECT own.body_day, own.body_id, substring($17::bytea FROM own.body_start + 1 FOR own.body_bytes)
    FROM (SELECT ${parts ? 'DISTINCT ON (body_id) body_id' : 'id AS body_id'}, body_day, body_start, body_bytes
          FROM input JOIN inserted USING (id)) AS own
    ${only('ON CONFLICT DO NOTHING')}
  ), deliveries AS (
    INSERT INTO hookyard.delivery (id, event_id, destination_id, route_id, status, held_reason)
    SELECT d.id, d.event_id, d.destination_id, d.route_id,
      CASE WHEN d.held_reason IS NULL THEN 'pending' ELSE 'held' END, d.held_reason
    FROM unnest($18::uuid[], $19::uuid[], $20::int[], $21::int[], $22::text[])
      AS d(id, event_id, destination_id, route_id, held_reason)
    JOIN inserted ON inserted.id = d.event_id
  )
  SELECT id FROM inserted`;
}

const INSERT = { name: 'insert-events', text: insertSql(false) };
/** Not prepared: it may have thousands of rows, and a plan made for a few would compare each with each. */
const INSERT_PARTS = { text: insertSql(true) };

/**
 * Stores those of the events whose (source, external id) is new. Callers give them sorted by that key and without repeats:
 * two statements that lock keys in one order cannot deadlock.
 * @returns the ids that were stored; the others are duplicates.
 */
export async function insertEvents(pool: Pool, events: readonly NewEvent[]): Promise<Set<string>> {
  const hasParts = events.some(({ normalised }) => normalised.part !== undefined);
  const { bytes, starts } = joinBodies(events);
  const column = <T>(read: (event: NewEvent) => T): T[] => events.map(read);
  const deliveries = events.flatMap((event) =>
    event.deliveries.map((delivery) => ({ ...delivery, eventId: event.id, heldReason: event.heldReason ?? null })),
  );
  const parts = hasParts
    ? [
        column(({ bodyId }) => bodyId),
        column(({ normalised }) => normalised.part?.offset ?? 0),
        column(({ normalised, body }) => normalised.part?.length ?? body.length),
        column(({ normalised }) => normalised.part?.listStart ?? null),
        column(({ normalised }) => normalised.part?.listEnd ?? null),
      ]
    : [];
  const { rows } = await pool.query<{ id: string }>({
    ...(hasParts ? INSERT_PARTS : INSERT),
    values: [
      column(({ id }) => id),
      column(({ sourceId }) => sourceId),
      column(({ normalised }) => normalised.externalId),
      column(({ normalised }) => normalised.type),
      column(({ normalised }) => normalised.subject ?? null),
      column(({ normalised }) => normalised.tenant ?? null),
      column(({ normalised }) => normalised.occurredAt?.toISOString() ?? null),
      column(({ normalised }) => normalised.apiVersion ?? null),
      column(({ normalised }) => normalised.livemode ?? null),
      column(({ normalised }) => JSON.stringify(normalised.headers)),
      column(({ normalised }) => JSON.stringify(normalised.signatureHeaders)),
      column(({ normalised }) => normalised.contentType ?? null),
      column(({ normalised }) => normalised.bodySha256.toString('hex')),
      column(({ normalised }) => normalised.bodyFormat),
      starts,
      column(({ body }) => body.length),
      bytes,
      deliveries.map(({ id }) => id),
      deliveries.map(({ eventId }) => eventId),
      deliveries.map(({ destinationId }) => destinationId),
      deliveries.map(({ routeId }) => routeId),
      deliveries.map(({ heldReason }) => heldReason),
      ...parts,
    ],
  });
  return new Set(rows.map(({ id }) => id));
}

/** Each body once, one after the other, and where that of each event starts. */
function joinBodies(events: readonly NewEvent[]): { readonly bytes: Buffer; readonly starts: readonly number[] } {
  const startOf = new Map<string, number>();
  const bodies: Buffer[] = [];
  let end = 0;
  for (const { bodyId, body } of events) {
    if (startOf.has(bodyId)) continue;
    startOf.set(bodyId, end);
    bodies.push(body);
    end += body.length;
  }
  const [first = Buffer.alloc(0)] = bodies;
  return {
    bytes: bodies.length === 1 ? first : Buffer.concat(bodies, end),
    starts: events.map(({ bodyId }) => startOf.get(bodyId) ?? 0),
  };
}

/** An event already stored under a key that a new one came with. */
export interface StoredEvent {
  readonly id: string;
  readonly bodySha256: Buffer;
}

/** Reads, with a fresh snapshot, the events stored under the keys of `events`; a key without one is missing from the map. */
export async function findByKey(pool: Pool, events: readonly NewEvent[]): Promise<Map<NewEvent, StoredEvent>> {
  const { rows } = await pool.query<{ ordinal: string; id: string; body_sha256: Buffer }>({
    name: 'find-events-by-key',
    text: `SELECT k.ordinal, e.id, e.body_sha256
           FROM unnest($1::int[], $2::text[]) WITH ORDINALITY AS k(source_id, external_id, ordinal)
           JOIN hookyard.event e ON e.source_id = k.source_id AND e.external_id = k.external_id`,
    values: [events.map(({ sourceId }) => sourceId), events.map(({ normalised }) => normalised.externalId)],
  });
  return new Map(
    rows.map((row) => [events[Number(row.ordinal) - 1] as NewEvent, { id: row.id, bodySha256: row.body_sha256 }]),
  );
}

/** Keeps the evidence that an id came again with another body. Repeats of the same body leave one row. */
export async function recordConflicts(
  pool: Pool,
  conflicts: readonly { readonly eventId: string; readonly bodySha256: Buffer }[],
): Promise<void> {
  await pool.query(
    `INSERT INTO hookyard.event_conflict (event_id, body_sha256)
     SELECT event_id, decode(sha, 'hex') FROM unnest($1::uuid[], $2::text[]) AS c(event_id, sha)
     ORDER BY 1, 2 ON CONFLICT DO NOTHING`,
    [conflicts.map(({ eventId }) => eventId), conflicts.map(({ bodySha256 }) => bodySha256.toString('hex'))],
  );
}
