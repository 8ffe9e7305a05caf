import type { PoolClient } from 'pg';
import { eraseBodies } from './erase-bodies.js';
import { eraseTraces } from './erase-traces.js';

/** Events erased by one transaction at most: its locks are short. */
export const ERASED_AT_ONCE = 200;

/** What one transaction erased. */
export interface Erased {
  readonly events: number;
  /** Deliveries that were waiting, and are cancelled. */
  readonly cancelled: number;
  /** Samples of refused requests. */
  readonly rejections: number;
}

/**
 * Erases what these events hold of a person: bodies, kept headers, subject, tenant, later readings, the rows that lists search,
 * excerpts of answers, samples of refused requests. What waits to be sent is cancelled; what is being sent ends, and the rest of it
 * is erased then (`erase_again_at`). Of an event its id, source, external id, type, times and sizes stay: the external id
 * recognises a repeat, which would bring everything back. Events erased before are left as they are.
 * `client`: in a transaction. `ids`: stored form, `ERASED_AT_ONCE` at most.
 */
export async function eraseEvents(client: PoolClient, ids: readonly string[]): Promise<Erased> {
  // The indexer holds this while it copies: otherwise it could bring back what it read before we came. It goes first, so that
  // whoever erases takes turns.
  await client.query(`SELECT feed FROM hookyard.search_progress WHERE feed = 'event' FOR UPDATE`);
  const { rows } = await client.query<{
    id: string;
    body_day: string;
    body_id: string;
    body_offset: number;
    body_length: number;
  }>(
    `SELECT id, body_day::text AS body_day, body_id, body_offset, body_length FROM hookyard.event
     WHERE id = ANY ($1::uuid[]) AND erased_at IS NULL ORDER BY id FOR UPDATE`,
    [ids],
  );
  if (rows.length === 0) return { events: 0, cancelled: 0, rejections: 0 };
  const found = rows.map(({ id }) => id);
  await eraseBodies(client, rows);
  // No body has the id nought: to whoever asks for the bytes they are gone, as after retention.
  await client.query(
    `UPDATE hookyard.event SET erased_at = clock_timestamp(), subject = NULL, tenant = NULL, headers = '{}',
       signature_headers = '{}', body_sha256 = '', body_id = '00000000-0000-0000-0000-000000000000', body_offset = 0,
       list_start = NULL, list_end = NULL
     WHERE id = ANY ($1::uuid[])`,
    [found],
  );
  await client.query(
    `UPDATE hookyard.event_search SET subject = NULL, tenant = NULL, document = NULL WHERE id = ANY ($1::uuid[])`,
    [found],
  );
  await client.query(`DELETE FROM hookyard.event_reading WHERE event_id = ANY ($1::uuid[])`, [found]);
  await client.query(`DELETE FROM hookyard.event_conflict WHERE event_id = ANY ($1::uuid[])`, [found]);
  const samples = await client.query(`DELETE FROM hookyard.rejection WHERE event_id = ANY ($1::uuid[])`, [found]);
  const cancelled = await eraseTraces(client, found);
  return { events: found.length, cancelled, rejections: samples.rowCount ?? 0 };
}
