import type { Pool, PoolClient } from 'pg';
import type { ClaimedDelivery } from '../queue/batch.store.js';

/**
 * Locks the delivery's row if its batch still holds it, and bounds the transaction's statements by the handler's timeout.
 * @returns the transaction's id, or `undefined` when the delivery is no longer the batch's.
 */
export async function lockDelivery(
  client: PoolClient,
  deliveryId: string,
  batchId: string,
  timeoutMs: number,
): Promise<string | undefined> {
  const { rows } = await client.query<{ xid: string }>(
    `SELECT pg_current_xact_id()::text AS xid, set_config('statement_timeout', $3, true)
     FROM hookyard.delivery WHERE id = $1 AND batch_id = $2 AND status = 'claimed' FOR UPDATE`,
    [deliveryId, batchId, String(timeoutMs)],
  );
  return rows[0]?.xid;
}

/**
 * Makes the delivery delivered and records the attempt, as the transaction's last statement.
 * @returns false when this is not the transaction it began in: the handler committed or rolled back on its own.
 */
export async function markDelivered(
  client: PoolClient,
  delivery: ClaimedDelivery,
  transactionId: string,
  durationMs: number,
  runner: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `WITH marked AS (
       UPDATE hookyard.delivery SET status = 'delivered', batch_id = NULL, attempts = attempts + 1,
         round_attempts = round_attempts + 1, last_status_code = NULL, last_error_class = NULL, dead_reason = NULL,
         settled_at = clock_timestamp()
       WHERE id = $1 AND pg_current_xact_id()::text = $2 RETURNING id)
     INSERT INTO hookyard.attempt (day, delivery_id, number, started_at, duration_ms, outcome, runner)
     SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date, id, $3, clock_timestamp() - $4 * interval '1 ms', $5,
       'delivered', $6
     FROM marked`,
    [delivery.id, transactionId, delivery.attempts + 1, durationMs, Math.round(durationMs), runner],
  );
  return rowCount === 1;
}

/** What became of a transaction: `committed`, `aborted` or `in progress`. */
export async function transactionStatus(pool: Pool, transactionId: string): Promise<string> {
  const { rows } = await pool.query<{ status: string | null }>('SELECT pg_xact_status($1::text::xid8) AS status', [
    transactionId,
  ]);
  return rows[0]?.status ?? 'in progress';
}
