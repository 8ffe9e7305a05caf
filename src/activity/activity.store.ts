import { Injectable } from '@nestjs/common';
import type { QueryConfig } from 'pg';
import { Pools } from '../database/pools.js';
import { NUMBERS, type Counted } from './activity-counts.js';
import { LATENCY_COUNTS } from './latencies.js';

/** A week to compare with, a month to look back on. */
const KEPT_DAYS = 35;
const WRITE_WITHIN_MS = 5_000;

const added = NUMBERS.map((name) => `${name} = activity.${name} + excluded.${name}`).join(', ');

/** Into the five minutes of the database's clock in which it is written; sorted, so that two processes never deadlock. */
const ADD = `
  INSERT INTO hookyard.activity AS activity (bucket, kind, name, ${NUMBERS.join(', ')}, latencies, last_at)
  SELECT date_bin('5 minutes', statement_timestamp(), '2000-01-01 00:00:00+00'), kind, name, ${NUMBERS.join(', ')},
    string_to_array(latencies, ',')::bigint[], statement_timestamp() - age_ms * interval '1 ms'
  FROM unnest($1::text[], $2::text[], ${NUMBERS.map((_, n) => `$${n + 3}::bigint[]`).join(', ')},
      $${NUMBERS.length + 3}::text[], $${NUMBERS.length + 4}::float8[])
    AS c(kind, name, ${NUMBERS.join(', ')}, latencies, age_ms)
  ORDER BY kind, name
  ON CONFLICT (bucket, kind, name) DO UPDATE SET ${added},
    latencies = (SELECT array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY n)
                 FROM unnest(activity.latencies, excluded.latencies) WITH ORDINALITY AS l(a, b, n)),
    last_at = greatest(activity.last_at, excluded.last_at)`;

/** One name's counts over a span of time. */
export interface ActivitySum extends Record<(typeof NUMBERS)[number], number> {
  readonly kind: 'source' | 'destination';
  readonly name: string;
  /** Which of the spans asked for. */
  readonly span: number;
  readonly latencies: number[];
}

/** What happened, in buckets of five minutes, per source and destination. */
@Injectable()
export class ActivityStore {
  constructor(private readonly pools: Pools) {}

  /** Adds counts, of any process, to the bucket of now. */
  async add(counted: readonly Counted[]): Promise<void> {
    const column = <T>(read: (one: Counted) => T): T[] => counted.map(read);
    const now = performance.now();
    const statement: QueryConfig & { query_timeout: number } = {
      name: 'add-activity',
      text: ADD,
      values: [
        column(({ kind }) => kind),
        column(({ name }) => name),
        ...NUMBERS.map((number) => column((one) => one[number])),
        column(({ latencies }) => latencies.join(',')),
        column(({ lastAt }) => (lastAt === undefined ? null : now - lastAt)),
      ],
      query_timeout: WRITE_WITHIN_MS,
    };
    await this.pools.work.query(statement);
  }

  /** Sums over spans of time (from, inclusive, to, exclusive; they should begin and end with a bucket). Names without any are missing. */
  async sums(spans: readonly { readonly from: Date; readonly to: Date }[]): Promise<ActivitySum[]> {
    const { rows } = await this.pools.work.query<ActivitySum>(
      `SELECT a.kind, a.name, s.span::int AS span, ${NUMBERS.map((name) => `sum(a.${name})::float8 AS ${name}`).join(', ')},
         ARRAY[${Array.from({ length: LATENCY_COUNTS }, (_, n) => `coalesce(sum(a.latencies[${n + 1}]), 0)`).join(', ')}]::float8[]
           AS latencies
       FROM unnest($1::timestamptz[], $2::timestamptz[]) WITH ORDINALITY AS s(starts, ends, span)
       JOIN hookyard.activity a ON a.bucket >= s.starts AND a.bucket < s.ends
       GROUP BY a.kind, a.name, s.span ORDER BY a.kind DESC, a.name, s.span`,
      [spans.map(({ from }) => from), spans.map(({ to }) => to)],
    );
    return rows.map((row) => ({ ...row, span: row.span - 1 }));
  }

  /** Deletes what is older than five weeks; run every hour. */
  async sweep(): Promise<void> {
    await this.pools.work.query(
      `DELETE FROM hookyard.activity WHERE bucket < statement_timestamp() - interval '${KEPT_DAYS} days'`,
    );
  }
}
