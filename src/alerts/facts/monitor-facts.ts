import type { Pool } from 'pg';
import type { MonitorSettings } from '../../config/config.js';
import { readBriefly } from './read-briefly.js';

/** What the runs of the synthetic monitor say. */
export interface MonitorFacts {
  readonly settings: MonitorSettings;
  /** How many have failed since the last that passed, and when the first of them was sent. */
  readonly failed: number;
  readonly failingSince: Date | null;
  /** Of the last that failed. */
  readonly reason: string | null;
  readonly statusCode: number | null;
  readonly errorClass: string | null;
  /** When the next one should be sent. */
  readonly dueAt: Date | null;
}

const MONITOR = `
  SELECT CASE WHEN isfinite(m.due_at) THEN m.due_at END AS "dueAt", f.failed, f."failingSince", l.reason,
    l.status_code AS "statusCode", l.error_class AS "errorClass"
  FROM hookyard.monitor m
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS failed, min(r.sent_at) AS "failingSince" FROM hookyard.monitor_run r
    WHERE r.outcome = 'failed' AND r.sent_at > coalesce(m.last_passed_at, '-infinity')) f
  LEFT JOIN LATERAL (
    SELECT r.reason, r.status_code, r.error_class FROM hookyard.monitor_run r
    WHERE r.outcome = 'failed' ORDER BY r.sent_at DESC LIMIT 1) l ON true`;

/** `settings`: `undefined` where there is no monitor; then there are no facts either. */
export async function readMonitor(pool: Pool, settings: MonitorSettings | undefined): Promise<MonitorFacts[]> {
  if (settings === undefined) return [];
  const rows = await readBriefly<Omit<MonitorFacts, 'settings'>>(pool, MONITOR);
  return rows.map((row) => ({ ...row, settings }));
}
