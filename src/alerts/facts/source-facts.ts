import type { Pool } from 'pg';
import { readBriefly } from './read-briefly.js';

/** What a source has sent lately, from the counts of five minutes each. */
export interface SourceFacts {
  readonly name: string;
  /** Its last genuine request of the last seven days. */
  readonly lastAt: Date | null;
  /** Its last one before an alert of its silence came, while that lasts. */
  readonly silentSince: Date | null;
  /** Of the last seven days, the present one left out; 0 where there are none. */
  readonly longestGapMs: number;
  /** Since its first genuine request of the last seven days. */
  readonly historyMs: number;
  /** Genuine requests of the last seven days. */
  readonly events: number;
  readonly refusedNow: number;
  /** Of fifteen minutes, on an average of the seven days before. */
  readonly refusedUsually: number;
}

/** A bucket ends with its `last_at`; the gap to the next is taken to the last of that, so it is too long by five minutes at most. */
const SOURCES = `
  WITH names AS (
    SELECT slug AS name FROM hookyard.source WHERE deleted_at IS NULL AND undeclared_at IS NULL AND paused_at IS NULL
    UNION SELECT '(unknown)'
  ), week AS (
    SELECT name, bucket, refused, received + duplicates AS events, last_at FROM hookyard.activity
    WHERE kind = 'source' AND bucket > clock_timestamp() - interval '7 days'
  ), gaps AS (
    SELECT name, max(gap) AS longest FROM (
      SELECT name, lead(last_at) OVER (PARTITION BY name ORDER BY bucket) - last_at AS gap FROM week WHERE last_at IS NOT NULL
    ) each GROUP BY name
  ), sums AS (
    SELECT name, max(last_at) AS last_at, min(last_at) AS first_at, sum(events) AS events,
      sum(refused) FILTER (WHERE bucket > clock_timestamp() - interval '15 minutes') AS refused_now,
      sum(refused) FILTER (WHERE bucket <= clock_timestamp() - interval '15 minutes') AS refused_before
    FROM week GROUP BY name)
  SELECT n.name, s.last_at AS "lastAt", coalesce(s.events, 0)::float8 AS events,
    coalesce(extract(epoch FROM g.longest) * 1000, 0)::float8 AS "longestGapMs",
    coalesce(extract(epoch FROM clock_timestamp() - s.first_at) * 1000, 0)::float8 AS "historyMs",
    coalesce(s.refused_now, 0)::float8 AS "refusedNow", (coalesce(s.refused_before, 0) / (7 * 96.0))::float8 AS "refusedUsually",
    a.since AS "silentSince"
  FROM names n LEFT JOIN sums s ON s.name = n.name LEFT JOIN gaps g ON g.name = n.name
  LEFT JOIN hookyard.alert a ON a.key = $1 || ':' || n.name AND a.status = 'active'`;

/** Reading takes no more than about a fiftieth of the time: a week of many sources is many rows. */
const REST_FACTOR = 50;

/**
 * Reads the facts of every source that is in force, and of strangers' requests as `(unknown)`. What was read is given again
 * for fifty times as long as reading it took. `rule`: the name of the rule that alerts of silence.
 */
export function sourceReader(pool: Pool, rule: string): () => Promise<SourceFacts[]> {
  let known: SourceFacts[] = [];
  let restUntil = -Infinity;
  return async () => {
    const startedAt = performance.now();
    if (startedAt < restUntil) return known;
    known = await readBriefly<SourceFacts>(pool, SOURCES, [rule]);
    restUntil = performance.now() + (performance.now() - startedAt) * REST_FACTOR;
    return known;
  };
}
