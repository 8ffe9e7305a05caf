import type { Pool } from 'pg';
import { HELD_BY_SOURCE } from './apply-sources.js';

/** Held rows looked at by one statement: far below the statement timeout, and a claim never waits long for their locks. */
const SLICE = 5_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The deliveries held by a source are walked by id, so that many that must stay held are looked at once, not at every slice. */
const RELEASE_SLICE = `
  WITH slice AS MATERIALIZED (
    SELECT id, event_id, held_reason FROM hookyard.delivery WHERE status = 'held' AND id > $1 ORDER BY id LIMIT $3
  ), due AS MATERIALIZED (
    SELECT d.id FROM slice
    JOIN hookyard.event e ON e.id = slice.event_id
    JOIN hookyard.source s ON s.id = e.source_id
    JOIN hookyard.delivery d ON d.id = slice.id
    WHERE slice.held_reason = $2 AND s.paused_at IS NULL AND s.undeclared_at IS NULL AND s.deleted_at IS NULL
      AND d.status = 'held'
    ORDER BY d.id FOR UPDATE OF d SKIP LOCKED
  ), released AS (
    UPDATE hookyard.delivery d SET status = 'pending', released_at = clock_timestamp(),
      round_started_at = statement_timestamp(), next_attempt_at = statement_timestamp()
    FROM due WHERE d.id = due.id RETURNING d.id
  )
  SELECT (SELECT count(*) FROM released)::int AS released, (SELECT count(*) FROM slice)::int AS seen,
    (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS last_id`;

/**
 * Sends on what was held only because its source was paused or had left, once the source is neither any more; the time that
 * it was held counts for nothing. In small statements: behind a long pause there may be a million. Several processes may do
 * it at once; each row goes out once. `onReleased` hears of each slice that released something.
 */
export async function releaseHeld(
  pool: Pool,
  onReleased: (deliveries: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let after = FIRST_ID; !signal.aborted;) {
    const { rows } = await pool.query<{ released: number; seen: number; last_id: string | null }>({
      name: 'release-held',
      text: RELEASE_SLICE,
      values: [after, HELD_BY_SOURCE, SLICE],
    });
    const { released = 0, seen = 0, last_id: last = null } = rows[0] ?? {};
    if (released > 0) onReleased(released);
    if (seen < SLICE || last === null) return;
    after = last;
  }
}
