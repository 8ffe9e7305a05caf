import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import type { RetentionPolicy } from '../config/config.js';
import { deadMsOf, isOpen } from './open-deliveries.js';

const CHUNK = 1_000;
/** Between chunks, so that their commits do not stand in the way of webhooks'. */
const PAUSE_MS = 50;

/**
 * Locks events that are too old and have nothing open. Ids are time-sortable, so the oldest are at the front of the primary key;
 * `$2` is how far the last chunk came: what stays is not looked at twice.
 */
const LOCK_OLD = `
  WITH candidate AS (
    SELECT e.id, e.received_at < statement_timestamp() - $1::float8 * interval '1 ms' AS is_old,
      EXISTS (SELECT 1 FROM hookyard.delivery d WHERE d.event_id = e.id AND ${isOpen(3)}) AS is_open
    FROM hookyard.event e WHERE e.id > $2 ORDER BY e.id LIMIT ${CHUNK}
  ), locked AS (
    SELECT e.id FROM hookyard.event e JOIN candidate c ON c.id = e.id WHERE c.is_old AND NOT c.is_open
    ORDER BY e.id FOR UPDATE OF e SKIP LOCKED
  )
  SELECT (SELECT coalesce(array_agg(id), '{}') FROM locked) AS ids,
    (SELECT max(id::text) FROM candidate WHERE is_old) AS last,
    (SELECT count(*)::int FROM candidate WHERE is_old) AS looked_at`;

/**
 * Of the locked events `$2`, those with something open all the same: a person may have retried a delivery or asked for a replay
 * since the first look. Every delivery is locked, so that none changes from here on; a replay locks its event.
 */
const REOPENED = `
  WITH locked AS (
    SELECT d.* FROM hookyard.delivery d WHERE d.event_id = ANY ($2::uuid[]) ORDER BY d.id FOR UPDATE
  )
  SELECT DISTINCT d.event_id AS id FROM locked d WHERE ${isOpen(1)}`;

/** Events, with all that hangs on them. */
const FORGET = `
  WITH deliveries AS (
    DELETE FROM hookyard.delivery WHERE event_id = ANY ($1::uuid[])
  ), conflicts AS (
    DELETE FROM hookyard.event_conflict WHERE event_id = ANY ($1::uuid[])
  ), readings AS (
    DELETE FROM hookyard.event_reading WHERE event_id = ANY ($1::uuid[])
  )
  DELETE FROM hookyard.event WHERE id = ANY ($1::uuid[])`;

/** Bulk replays that ended so long ago; what they made has gone with its events. */
const FORGET_REPLAYS = `DELETE FROM hookyard.replay WHERE ended_at < statement_timestamp() - $1::float8 * interval '1 ms'`;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Deletes events that are older than the policy says, in small transactions. @returns how many. */
export async function forgetEvents(client: ClientBase, policy: RetentionPolicy, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  await client.query(FORGET_REPLAYS, [policy.eventsMs]);
  for (let after = BEFORE_ALL; !signal.aborted;) {
    const chunk = await forgetChunk(client, policy, after);
    forgotten += chunk.forgotten;
    if (chunk.last === undefined) break;
    after = chunk.last;
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  return forgotten;
}

/**
 * Forgets those of these events that have nothing open. In a transaction that has locked them. `deadMs`: from that age on dead
 * letters are not open; `null`: they always are. @returns the ids of those that are gone.
 */
export async function forgetLocked(
  client: ClientBase,
  ids: readonly string[],
  deadMs: number | null,
): Promise<readonly string[]> {
  const reopened = await client.query<{ id: string }>(REOPENED, [deadMs, ids]);
  const open = new Set(reopened.rows.map(({ id }) => id));
  const closed = ids.filter((id) => !open.has(id));
  await client.query(FORGET, [closed]);
  return closed;
}

/** `last`: how far it came; `undefined`: that was all. */
async function forgetChunk(
  client: ClientBase,
  policy: RetentionPolicy,
  after: string,
): Promise<{ forgotten: number; last: string | undefined }> {
  const deadMs = deadMsOf(policy);
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<{ ids: string[]; last: string | null; looked_at: number }>(LOCK_OLD, [
      policy.eventsMs,
      after,
      deadMs,
    ]);
    const { ids = [], last = null, looked_at: lookedAt = 0 } = rows[0] ?? {};
    const forgotten = await forgetLocked(client, ids, deadMs);
    await client.query('COMMIT');
    return { forgotten: forgotten.length, last: lookedAt < CHUNK ? undefined : (last ?? undefined) };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
