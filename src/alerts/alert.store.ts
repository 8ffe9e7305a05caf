import type { ClientBase, Pool } from 'pg';
import type { Alert } from './alert.js';

const COLUMNS = `key, rule, subject, severity, status, summary, action, section, since, count::float8 AS count, firings,
  seen_at AS "seenAt", resolved_at AS "resolvedAt", told, held`;

/** Takes the one row whose lock lets a single process judge at a time. Gives the database's clock. */
export async function lockWatch(client: ClientBase): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>(
    'SELECT clock_timestamp() AS now FROM hookyard.alert_watch FOR UPDATE',
  );
  return rows[0]?.now ?? new Date();
}

/** Whether it is this process's turn to look at what is the same for all: once in `everyMs`, whoever comes first. */
export async function takeTurn(pool: Pool, everyMs: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE hookyard.alert_watch SET looked_at = clock_timestamp()
     WHERE looked_at <= clock_timestamp() - $1 * interval '1 ms' AND singleton IN
       (SELECT singleton FROM hookyard.alert_watch FOR UPDATE SKIP LOCKED)`,
    [everyMs],
  );
  return rowCount === 1;
}

/** Those that are active, and those of which people do not know yet that they are over. */
export async function readOpenAlerts(client: ClientBase, keys: readonly string[]): Promise<Alert[]> {
  const { rows } = await client.query<Alert & { resolvedAt: Date | null }>(
    `SELECT ${COLUMNS} FROM hookyard.alert WHERE status = 'active' OR told = 'fired' OR key = ANY ($1)`,
    [keys],
  );
  return rows.map((row) => ({ ...row, resolvedAt: row.resolvedAt ?? undefined }));
}

/** Writes alerts as they are now. */
export async function writeAlerts(client: ClientBase, alerts: readonly Alert[]): Promise<void> {
  await client.query(
    `INSERT INTO hookyard.alert (key, rule, subject, severity, status, summary, action, section, since, count, firings,
       seen_at, resolved_at, told, held)
     SELECT * FROM jsonb_to_recordset($1) AS a(key text, rule text, subject text, severity text, status text, summary text,
       action text, section text, since timestamptz, count bigint, firings int, seen_at timestamptz,
       resolved_at timestamptz, told text, held boolean)
     ON CONFLICT (key) DO UPDATE SET severity = excluded.severity, status = excluded.status, summary = excluded.summary,
       action = excluded.action, section = excluded.section, since = excluded.since, count = excluded.count,
       firings = excluded.firings, seen_at = excluded.seen_at, resolved_at = excluded.resolved_at, told = excluded.told,
       held = excluded.held`,
    [
      JSON.stringify(
        alerts.map(({ seenAt, resolvedAt, ...alert }) => ({ ...alert, seen_at: seenAt, resolved_at: resolvedAt })),
      ),
    ],
  );
}

/** Deletes what was over a month ago; run every hour. */
export async function sweepAlerts(pool: Pool): Promise<void> {
  await pool.query(`DELETE FROM hookyard.alert WHERE resolved_at < clock_timestamp() - interval '30 days'`);
}
