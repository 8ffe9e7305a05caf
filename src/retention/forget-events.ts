import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import type { RetentionPolicy } from '../config/config.js';
import { deadMsOf, isOpen } from './open-deliveries.js';

const CHUNK = 1_000;
/** Between chunks, so that their commits do not stand in the way of webhooks'. */
const PAUSE_MS = 50;

/**
 * Events that are too old and have nothing open, with all that hangs on them. Ids are time-sortable, so the oldest are at the
 * front of the primary key; `$2` is how far the last chunk came: what stays is not looked at twice.
 */
const FORGET = `
  WITH candidate AS (
    SELECT e.id, e.received_at < statement_timestamp() - $1::float8 * interval '1 ms' AS is_old,
      EXISTS (SELECT 1 FROM hookyard.delivery d WHERE d.event_id = e.id AND ${isOpen(3)}) AS is_open
    FROM hookyard.event e WHERE e.id > $2 ORDER BY e.id LIMIT ${CHUNK}
  ), locked AS (
    SELECT e.id FROM hookyard.event e JOIN candidate c ON c.id = e.id WHERE c.is_old AND NOT c.is_open
    ORDER BY e.id FOR UPDATE OF e SKIP LOCKED
  ), deliveries AS (
    DELETE FROM hookyard.delivery WHERE event_id IN (SELECT id FROM locked)
  ), conflicts AS (
    DELETE FROM hookyard.event_conflict WHERE event_id IN (SELECT id FROM locked)
  ), readings AS (
    DELETE FROM hookyard.event_reading WHERE event_id IN (SELECT id FROM locked)
  ), forgotten AS (
    DELETE FROM hookyard.event WHERE id IN (SELECT id FROM locked) RETURNING id
  )
  SELECT (SELECT count(*)::int FROM forgotten) AS forgotten, (SELECT max(id::text) FROM candidate WHERE is_old) AS last,
    (SELECT count(*)::int FROM candidate WHERE is_old) AS looked_at`;

/** Bulk replays that ended so long ago; what they made has gone with its events. */
const FORGET_REPLAYS = `DELETE FROM hookyard.replay WHERE ended_at < statement_timestamp() - $1::float8 * interval '1 ms'`;

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Deletes events that are older than the policy says, in small transactions. @returns how many. */
export async function forgetEvents(client: ClientBase, policy: RetentionPolicy, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  await client.query(FORGET_REPLAYS, [policy.eventsMs]);
  for (let after = BEFORE_ALL; !signal.aborted;) {
    const { rows } = await client.query<{ forgotten: number; last: string | null; looked_at: number }>(FORGET, [
      policy.eventsMs,
      after,
      deadMsOf(policy),
    ]);
    const [chunk] = rows;
    forgotten += chunk?.forgotten ?? 0;
    if (!chunk?.last || chunk.looked_at < CHUNK) break;
    after = chunk.last;
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
  return forgotten;
}
