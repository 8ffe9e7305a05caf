import type { PoolClient } from 'pg';

/** Where an event's bytes lie, as its row says. */
interface ErasedBody {
  readonly id: string;
  readonly body_day: string;
  readonly body_id: string;
  readonly body_offset: number;
  readonly body_length: number;
}

const SPACE = 0x20;
/** The events of one body get their ids in one go, after the body's; this is plenty. */
const SIBLINGS_WITHIN_MS = 10_000;

/**
 * Deletes the bodies that belong to one of the events alone. In a body that several events share, their bytes become spaces, so
 * that the ranges of the others stay right; with the last of them the row goes too.
 */
export async function eraseBodies(client: PoolClient, events: readonly ErasedBody[]): Promise<void> {
  const own = events.filter(({ id, body_id: bodyId }) => bodyId === id);
  await client.query(
    `DELETE FROM hookyard.body b USING unnest($1::date[], $2::uuid[]) AS g(day, id) WHERE b.day = g.day AND b.id = g.id`,
    [own.map(({ body_day: day }) => day), own.map(({ body_id: id }) => id)],
  );
  const shared = Map.groupBy(
    events.filter(({ id, body_id: bodyId }) => bodyId !== id),
    ({ body_id: bodyId }) => bodyId,
  );
  // One after the other: one body in memory at a time.
  for (const [bodyId, parts] of [...shared].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    await eraseParts(client, bodyId, parts);
  }
}

async function eraseParts(client: PoolClient, bodyId: string, parts: readonly ErasedBody[]): Promise<void> {
  const key = [parts[0]?.body_day, bodyId];
  const { rows } = await client.query<{ bytes: Buffer }>(
    `SELECT bytes FROM hookyard.body WHERE day = $1 AND id = $2 FOR UPDATE`,
    key,
  );
  const bytes = rows[0]?.bytes;
  if (!bytes) return;
  const { rows: others } = await client.query(
    `SELECT 1 FROM hookyard.event WHERE id > $1 AND id < $2 AND body_id = $1 AND id <> ALL ($3::uuid[]) LIMIT 1`,
    [bodyId, laterId(bodyId), parts.map(({ id }) => id)],
  );
  if (others.length === 0) {
    await client.query(`DELETE FROM hookyard.body WHERE day = $1 AND id = $2`, key);
    return;
  }
  for (const { body_offset: start, body_length: length } of parts) bytes.fill(SPACE, start, start + length);
  await client.query(`UPDATE hookyard.body SET bytes = $3 WHERE day = $1 AND id = $2`, [...key, bytes]);
}

/** The lowest id made so much later than this one (UUID version 7: 48 bits of milliseconds first). */
function laterId(id: string): string {
  const ms = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) + SIBLINGS_WITHIN_MS;
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
