import type { Pool } from 'pg';
import { FORCED } from '../../queue/gate.js';
import { HANDLER_ABSENT_AFTER } from '../../queue/handler-names.js';
import { readBriefly } from './read-briefly.js';

/** Counting stops here: what is more than this is said to be that many. */
const COUNT_UP_TO = 10_000;

/** What a destination's gate and backlog say. */
export interface DestinationFacts {
  readonly name: string;
  readonly kind: 'http' | 'handler';
  /** Since when nothing is sent to it, by an open breaker of its own accord. */
  readonly openSince: Date | null;
  /** Probes that failed since then. */
  readonly failedProbes: number;
  readonly pausedAt: Date | null;
  readonly pauseReason: string | null;
  readonly undeclaredAt: Date | null;
  /** A handler that no process has; when one had it last. */
  readonly absentSince: Date | null;
  /** When the oldest delivery that nothing holds back became due; at the earliest when the breaker last closed. */
  readonly overdueSince: Date | null;
  /** Deliveries that wait, counted up to 10,000. */
  readonly pending: number;
}

const DESTINATIONS = `
  SELECT d.name, d.kind, d.undeclared_at AS "undeclaredAt", g.paused_at AS "pausedAt", g.pause_reason AS "pauseReason",
    g.cooldown_level AS "failedProbes",
    CASE WHEN g.breaker_state = 'open' AND (${FORCED}) IS NULL THEN g.breaker_since END AS "openSince",
    CASE WHEN d.kind = 'handler' AND g.handler_seen_at < clock_timestamp() - interval '${HANDLER_ABSENT_AFTER}'
      THEN g.handler_seen_at END AS "absentSince",
    CASE WHEN g.paused_at IS NULL AND coalesce(${FORCED}, g.breaker_state) <> 'open'
           AND (g.not_before IS NULL OR g.not_before <= clock_timestamp()) THEN greatest(head.due_at, g.breaker_since) END AS "overdueSince",
    (SELECT count(*)::int FROM (SELECT FROM hookyard.delivery p
       WHERE p.destination_id = d.id AND p.status = 'pending' LIMIT ${COUNT_UP_TO}) counted) AS pending
  FROM hookyard.destination d
  JOIN hookyard.destination_gate g ON g.destination_id = d.id
  LEFT JOIN LATERAL (
    SELECT p.next_attempt_at AS due_at FROM hookyard.delivery p
    WHERE p.destination_id = d.id AND p.status = 'pending' AND p.next_attempt_at <= clock_timestamp()
    ORDER BY p.next_attempt_at LIMIT 1) head ON true
  WHERE d.deleted_at IS NULL ORDER BY d.id LIMIT 5000`;

/** Of every destination; every part follows an index and stops early. */
export function readDestinations(pool: Pool): Promise<DestinationFacts[]> {
  return readBriefly(pool, DESTINATIONS);
}
