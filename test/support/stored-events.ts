import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { newId } from '../../src/database/ids.js';

/** Events with bodies, written straight into the tables as intake would: for what begins with much that is stored. Gives their ids. */
export async function storeEvents(pool: Pool, slug: string, count: number, type = 'invoice.paid'): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  const body = Buffer.from(`{"type":"${type}"}`);
  await pool.query(
    `WITH source AS (SELECT id FROM hookyard.source WHERE slug = $2 AND deleted_at IS NULL),
     stored AS (
       INSERT INTO hookyard.event (id, source_id, external_id, type, headers, signature_headers, content_type, body_sha256,
         body_format, body_day, body_id, body_length)
       SELECT e.id, source.id, 'stored-' || e.id, $3, '{}', '{}', 'application/json', $4, 'json', current_date, e.id, $5
       FROM unnest($1::uuid[]) AS e(id), source RETURNING body_day, body_id)
     INSERT INTO hookyard.body (day, id, bytes) SELECT body_day, body_id, $6 FROM stored`,
    [ids, slug, type, createHash('sha256').update(body).digest(), body.length, body],
  );
  return ids;
}

/** Dead letters of such events. Gives the deliveries' ids. */
export async function storeDeadLetters(
  pool: Pool,
  slug: string,
  destination: string,
  count: number,
  deadReason = 'attempts_exhausted',
): Promise<string[]> {
  const events = await storeEvents(pool, slug, count);
  const ids = events.map(newId);
  await pool.query(
    `INSERT INTO hookyard.delivery (id, event_id, destination_id, status, dead_reason, last_error_class, attempts, round_attempts,
       settled_at)
     SELECT d.id, d.event_id, x.id, 'dead', $4, 'HTTP_5XX', 6, 6, clock_timestamp()
     FROM unnest($1::uuid[], $2::uuid[]) AS d(id, event_id), hookyard.destination x
     WHERE x.name = $3 AND x.deleted_at IS NULL`,
    [ids, events, destination, deadReason],
  );
  return ids;
}
