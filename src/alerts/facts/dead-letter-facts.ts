import type { Pool } from 'pg';
import { readBriefly } from './read-briefly.js';

/** Dead letters of one destination. */
export interface DeadLetterFacts {
  readonly destination: string;
  /** New ones, of the last ten minutes. */
  readonly fresh: number;
  /** All since an alert about them came; counted up to 10,000. */
  readonly count: number;
  readonly since: Date;
}

/** From the rows, so that none is missed; an index of dead letters by time, read backwards, bounds the work. */
const DEAD_LETTERS = `
  WITH dead AS MATERIALIZED (
    SELECT w.destination_id, w.settled_at FROM hookyard.delivery w
    WHERE w.status = 'dead' AND w.settled_at > least(clock_timestamp() - interval '10 minutes',
      (SELECT min(a.since) FROM hookyard.alert a WHERE a.rule = $1 AND a.status = 'active'))
    ORDER BY w.settled_at DESC LIMIT 10000)
  SELECT d.name AS destination, min(dead.settled_at) AS since, count(*)::int AS count,
    (count(*) FILTER (WHERE dead.settled_at > clock_timestamp() - interval '10 minutes'))::int AS fresh
  FROM dead
  JOIN hookyard.destination d ON d.id = dead.destination_id AND d.deleted_at IS NULL
  LEFT JOIN hookyard.alert a ON a.key = $1 || ':' || d.name AND a.status = 'active'
  WHERE dead.settled_at >= a.since OR dead.settled_at > clock_timestamp() - interval '10 minutes'
  GROUP BY d.name`;

/** New dead letters per destination. `rule`: the name of the rule that alerts of them. */
export function readDeadLetters(pool: Pool, rule: string): Promise<DeadLetterFacts[]> {
  return readBriefly(pool, DEAD_LETTERS, [rule]);
}
