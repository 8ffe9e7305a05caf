import type { Pool } from 'pg';
import type { NewEvent } from './new-event.js';
import { insertStatement } from './insert-statements.js';

/** What is known of an event that was stored now. */
export interface InsertedEvent {
  /** The event that its body first came with, when that was another. */
  readonly replayOf: string | undefined;
  readonly held: boolean;
}

/**
 * Stores those of the events whose (source, external id) is new. Callers give them sorted by that key and without repeats:
 * two statements that lock keys in one order cannot deadlock.
 * @returns those that were stored, by id; the others are duplicates.
 */
export async function insertEvents(pool: Pool, events: readonly NewEvent[]): Promise<Map<string, InsertedEvent>> {
  const parts = events.some(({ normalised }) => normalised.part !== undefined);
  const watched = events.some(({ sighting, refusal }) => sighting !== undefined || refusal !== undefined);
  const { bytes, starts } = joinBodies(events);
  const column = <T>(read: (event: NewEvent) => T): T[] => events.map(read);
  const deliveries = events.flatMap((event) =>
    event.deliveries.map((delivery) => ({
      ...delivery,
      eventId: event.id,
      heldReason: event.heldReason ?? null,
      occurredAt: event.normalised.occurredAt,
    })),
  );
  const lanes = deliveries.some(({ lane }) => lane !== undefined);
  // The ids of one process's events sort as they came: several of one body keep its order.
  if (lanes) deliveries.sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
  const { rows } = await pool.query<{ id: string; replay_of?: string | null; held?: boolean | null }>({
    ...insertStatement({ parts, watched, lanes }),
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
      column(({ routedRevision }) => String(routedRevision)),
      deliveries.map(({ deadReason }) => deadReason ?? null),
      ...(parts ? partValues(events) : []),
      ...(watched ? watchedValues(events) : []),
      ...(lanes
        ? [
            deliveries.map(({ lane }) => lane?.key ?? null),
            deliveries.map(({ lane }) => lane?.ordered ?? null),
            deliveries.map(({ lane }) => lane?.latestOnly ?? null),
            deliveries.map(({ occurredAt }) => occurredAt?.toISOString() ?? null),
          ]
        : []),
    ],
  });
  return new Map(
    rows.map(({ id, replay_of: replayOf, held }) => [id, { replayOf: replayOf ?? undefined, held: held ?? false }]),
  );
}

function partValues(events: readonly NewEvent[]): unknown[][] {
  return [
    events.map(({ bodyId }) => bodyId),
    events.map(({ normalised }) => normalised.part?.offset ?? 0),
    events.map(({ normalised, body }) => normalised.part?.length ?? body.length),
    events.map(({ normalised }) => normalised.part?.listStart ?? null),
    events.map(({ normalised }) => normalised.part?.listEnd ?? null),
  ];
}

function watchedValues(events: readonly NewEvent[]): unknown[][] {
  return [
    events.map(({ sighting }) => sighting?.fingerprint ?? null),
    events.map(({ sighting }) => sighting?.windowHours ?? null),
    events.map(({ sighting }) => sighting?.holdAfter ?? null),
    events.map(({ refusal }) => refusal ?? null),
  ];
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
