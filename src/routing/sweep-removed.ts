import type { Pool } from 'pg';

/** Rows changed by one statement: it ends soon and its locks with it. */
const SLICE = 5_000;

/** By the two indexes led by the destination; a claim, a settle or an operator who has a row just now keeps it until the next slice. */
const SWEEP = `
  WITH due AS MATERIALIZED (
    SELECT d.id FROM hookyard.delivery d WHERE d.destination_id = $1 AND d.status = $STATUS LIMIT ${SLICE} FOR UPDATE SKIP LOCKED
  )
  UPDATE hookyard.delivery d SET status = 'dead', dead_reason = 'destination_removed', settled_at = clock_timestamp()
  FROM due WHERE d.id = due.id`;

/**
 * Makes dead letters of what waits for destinations that were removed: their backlog, what came back from an attempt, and what an
 * intake wrote that had matched the routes of a moment ago. Such rows belong to nobody else: no relay claims for a removed
 * destination. So it is repeated for as long as the tombstone stands. Several processes may do it at once.
 * @returns how many there were.
 */
export async function sweepRemoved(pool: Pool, signal: AbortSignal): Promise<number> {
  const { rows } = await pool.query<{ id: number }>({
    name: 'find-removed',
    text: `SELECT x.id FROM hookyard.destination x WHERE x.deleted_at IS NOT NULL AND (
             EXISTS (SELECT 1 FROM hookyard.delivery d WHERE d.destination_id = x.id AND d.status = 'pending')
             OR EXISTS (SELECT 1 FROM hookyard.delivery d WHERE d.destination_id = x.id AND d.status = 'held'))
           ORDER BY x.id`,
  });
  let swept = 0;
  for (const { id } of rows) {
    for (const status of ['pending', 'held']) {
      for (let count = SLICE; count === SLICE && !signal.aborted;) {
        const { rowCount } = await pool.query({
          name: `sweep-removed-${status}`,
          // A literal, or the partial index would not serve.
          text: SWEEP.replace('$STATUS', `'${status}'`),
          values: [id],
        });
        count = rowCount ?? 0;
        swept += count;
      }
    }
  }
  return swept;
}
