import type { Pool } from 'pg';
import { statusesMovedBy, type DeliveryStatus } from '../events/delivery-status.js';

/** What an operator does to one delivery; the row stays the same one, and with it its idempotency key. */
export type DeliveryChange = 'retry' | 'cancel' | 'release';

/** Whether the delivery was changed; if not, why. */
export type Changed =
  | { readonly outcome: 'changed'; readonly before: DeliveryStatus }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'wrong-status'; readonly status: DeliveryStatus }
  | { readonly outcome: 'destination-removed' }
  | { readonly outcome: 'body-gone' };

/** Now; but one whose turn in its lane has not come (`next_attempt_at` is null) goes on waiting for it, whoever asks. */
const DUE = `next_attempt_at = CASE WHEN d.lane_ordered AND d.next_attempt_at IS NULL THEN NULL ELSE statement_timestamp() END`;

/** A round with the whole budget of the policy, now. What is known of the past (attempts, last answer) stays. */
export const FRESH_ROUND = `status = 'pending', round_attempts = 0, interruptions = 0, dead_reason = NULL, settled_at = NULL,
  round_started_at = statement_timestamp(), ${DUE}`;

const SET: Readonly<Record<DeliveryChange, string>> = {
  retry: FRESH_ROUND,
  cancel: `status = 'cancelled', settled_at = clock_timestamp()`,
  // The reason stays: it is the history of the row.
  release: `status = 'pending', released_at = clock_timestamp(), round_started_at = statement_timestamp(), ${DUE}`,
};

/** What goes out again needs somebody to go to, and something to bring. */
const SENDABLE = `
  AND EXISTS (SELECT 1 FROM hookyard.destination x WHERE x.id = d.destination_id AND x.deleted_at IS NULL)
  AND EXISTS (SELECT 1 FROM hookyard.event e JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id
              WHERE e.id = d.event_id)`;

/**
 * Changes the delivery in one statement that its status guards, so that it takes turns with a claim, a settle or another
 * change of the same row: whoever comes second sees what the first made of it. A 2xx that comes later still makes it delivered.
 */
export async function changeDelivery(pool: Pool, id: string, change: DeliveryChange): Promise<Changed> {
  const guard = change === 'cancel' ? '' : SENDABLE;
  const { rows } = await pool.query<{ before: DeliveryStatus }>({
    name: `${change}-delivery`,
    text: `WITH found AS (SELECT id, status FROM hookyard.delivery WHERE id = $1 FOR UPDATE)
      UPDATE hookyard.delivery d SET ${SET[change]} FROM found
      WHERE d.id = found.id AND d.status = ANY ($2) ${guard} RETURNING found.status AS before`,
    values: [id, statusesMovedBy(change)],
  });
  return rows[0] ? { outcome: 'changed', before: rows[0].before } : explain(pool, id, change);
}

async function explain(pool: Pool, id: string, change: DeliveryChange): Promise<Changed> {
  const { rows } = await pool.query<{ status: DeliveryStatus; removed: boolean; has_body: boolean }>(
    `SELECT d.status, x.deleted_at IS NOT NULL AS removed, b.id IS NOT NULL AS has_body
     FROM hookyard.delivery d
     LEFT JOIN hookyard.destination x ON x.id = d.destination_id
     LEFT JOIN hookyard.event e ON e.id = d.event_id
     LEFT JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id
     WHERE d.id = $1`,
    [id],
  );
  const [row] = rows;
  if (!row) return { outcome: 'unknown' };
  if (!statusesMovedBy(change).includes(row.status)) return { outcome: 'wrong-status', status: row.status };
  if (row.removed) return { outcome: 'destination-removed' };
  if (!row.has_body) return { outcome: 'body-gone' };
  // It has just become changeable: it was claimed when we asked, and its attempt has ended since.
  return { outcome: 'wrong-status', status: 'claimed' };
}
