import type { Pool } from 'pg';
import { readBriefly } from './read-briefly.js';

/** What a source has sent lately, from the counts of five minutes each. */
export interface SourceFacts {
  readonly name: string;
  /** Its last genuine request. */
  readonly lastAt: Date | null;
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
  WITH week AS (
    SELECT name, bucket, refused, received + duplicates AS events, last_at FROM hookyard.activity
    WHERE kind = 'source' AND bucket > clock_timestamp() - interval '7 days'
  ), gaps AS (
    SELECT name, bucket, last_at, lead(last_at) OVER (PARTITION BY name ORDER BY bucket) - last_at AS gap
    FROM week WHERE last_at IS NOT NULL)
  SELECT w.name, max(w.last_at) AS "lastAt", sum(w.events)::float8 AS events,
    coalesce((SELECT extract(epoch FROM max(g.gap)) * 1000 FROM gaps g WHERE g.name = w.name), 0)::float8 AS "longestGapMs",
    coalesce(extract(epoch FROM clock_timestamp() - min(w.last_at)) * 1000, 0)::float8 AS "historyMs",
    coalesce(sum(w.refused) FILTER (WHERE w.bucket > clock_timestamp() - interval '15 minutes'), 0)::float8 AS "refusedNow",
    (coalesce(sum(w.refused) FILTER (WHERE w.bucket <= clock_timestamp() - interval '15 minutes'), 0) / (7 * 96.0))::float8
      AS "refusedUsually"
  FROM week w GROUP BY w.name`;

/** Of every source that has sent anything, genuine or not, in the last week; strangers' requests as `(unknown)`. */
export function readSources(pool: Pool): Promise<SourceFacts[]> {
  return readBriefly(pool, SOURCES);
}
