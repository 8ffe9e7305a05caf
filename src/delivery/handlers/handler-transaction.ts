import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { EntityManager } from 'typeorm';
import type { ClaimedDelivery } from '../../queue/claimed-delivery.js';
import { within } from '../../within.js';
import { seal, type HandlerConnection } from './handler-database.js';

const COMMIT_WITHIN_MS = 10_000;
const ROLLBACK_WITHIN_MS = 5_000;
const TERMINATE_WITHIN_MS = 2_000;
/** The server ends a session that idles in a transaction; it must outlast a handler that waits for something else. */
const IDLE_MARGIN_MS = 10_000;

/**
 * The transaction of one handler's call. It holds the delivery's row, so that what the handler wrote and `delivered` commit
 * together. It ends by `commit`, `rollback` or `terminate`, and only a confirmed end gives the connection back to the pool:
 * one with an open transaction would let the next handler commit this one's writes.
 */
export class HandlerTransaction {
  private transactionId = '';
  private backend: number | undefined;

  constructor(private readonly connection: HandlerConnection) {}

  /** What the handler writes through. */
  get manager(): EntityManager {
    return this.connection.queryRunner.manager;
  }

  /**
   * Begins, and locks the delivery's row if the batch still holds it; false when it does not. The session's limits follow the
   * handler's own timeout.
   */
  async begin(deliveryId: string, batchId: string, timeoutMs: number): Promise<boolean> {
    await this.connection.queryRunner.startTransaction();
    const { rows } = await this.connection.client.query<{ xid: string; backend: number }>(
      `SELECT pg_current_xact_id()::text AS xid, pg_backend_pid() AS backend, set_config('statement_timeout', $3, true),
         set_config('idle_in_transaction_session_timeout', $4, true)
       FROM hookyard.delivery WHERE id = $1 AND batch_id = $2 AND status = 'claimed' FOR UPDATE`,
      [deliveryId, batchId, String(timeoutMs), String(timeoutMs + IDLE_MARGIN_MS)],
    );
    const [row] = rows;
    if (!row) return false;
    this.transactionId = row.xid;
    this.backend = row.backend;
    return true;
  }

  /**
   * Makes the delivery delivered and records the attempt, as the transaction's last statement; the handler can write no more.
   * @returns false when this is not the transaction it began in: the handler committed or rolled back on its own.
   */
  async markDelivered(delivery: ClaimedDelivery, durationMs: number, runner: string): Promise<boolean> {
    seal(this.connection.queryRunner);
    const { rowCount } = await this.connection.client.query(
      `WITH marked AS (
         UPDATE hookyard.delivery SET status = 'delivered', batch_id = NULL, attempts = attempts + 1,
           round_attempts = round_attempts + 1, interruptions = 0, last_status_code = NULL, last_error_class = NULL,
           dead_reason = NULL, settled_at = clock_timestamp()
         WHERE id = $1 AND pg_current_xact_id()::text = $2 RETURNING id)
       INSERT INTO hookyard.attempt (day, delivery_id, number, started_at, duration_ms, outcome, runner)
       SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date, id, $3, clock_timestamp() - $4 * interval '1 ms', $5,
         'delivered', $6
       FROM marked`,
      [delivery.id, this.transactionId, delivery.attempts + 1, durationMs, Math.round(durationMs), runner],
    );
    return rowCount === 1;
  }

  /** `rolled back`: after an SQL error that the handler swallowed, Postgres answers a commit with ROLLBACK, and no error. */
  async commit(): Promise<'committed' | 'rolled back'> {
    const commit = this.connection.client.query('COMMIT');
    const { command } = await within(commit, COMMIT_WITHIN_MS, () => new Error('no answer to COMMIT'));
    await this.connection.release();
    return command === 'COMMIT' ? 'committed' : 'rolled back';
  }

  /** Takes everything back. A connection that does not confirm it in time is terminated, which does the same. */
  async rollback(pool: Pool): Promise<void> {
    seal(this.connection.queryRunner);
    // A query that the handler did not await may have passed TypeORM's check already; it must be sent before our ROLLBACK.
    await new Promise(setImmediate);
    const confirmed = this.connection.client.query('ROLLBACK').then(
      () => true,
      () => false,
    );
    const late = sleep(ROLLBACK_WITHIN_MS, false, { ref: false });
    if (await Promise.race([confirmed, late])) await this.connection.release();
    else await this.terminate(pool);
  }

  /**
   * Closes the connection: whatever the handler still sends fails, and the server rolls back. Its server process is ended too:
   * one that is busy would keep the delivery's row locked.
   */
  async terminate(pool: Pool): Promise<void> {
    await this.connection.destroy().catch(() => undefined);
    if (this.backend === undefined) return;
    await pool.query('SELECT pg_terminate_backend($1, $2)', [this.backend, TERMINATE_WITHIN_MS]).catch(() => undefined);
  }
}

/**
 * Whether a commit took effect whose answer was lost: the row tells. Waiting for its lock is waiting for the transaction to end.
 * Repeats until the database answers.
 */
export async function wasCommitted(pool: Pool, deliveryId: string): Promise<boolean> {
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 2_000)) {
    try {
      const { rows } = await pool.query<{ status: string }>(
        'SELECT status FROM hookyard.delivery WHERE id = $1 FOR UPDATE',
        [deliveryId],
      );
      return rows[0]?.status === 'delivered';
    } catch {
      await sleep(waitMs);
    }
  }
}
