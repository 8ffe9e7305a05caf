import { Injectable } from '@nestjs/common';
import type { QueryConfig } from 'pg';
import { Pools } from '../database/pools.js';

/** One sample on its way to disk. */
export interface NewRejection {
  /** Stored form; see `newId`. */
  readonly id: string;
  readonly sourceId: number;
  /** Since it came in, by this process's clock; the database's says when that was. */
  readonly ageMs: number;
  readonly reason: string;
  readonly detail: string;
  readonly nearMiss: boolean;
  readonly offBySeconds: number | undefined;
  readonly matchedSource: string | undefined;
  readonly matchedSecret: string | undefined;
  readonly matchedLabel: string | undefined;
  readonly bodyLength: number;
  readonly bodyCut: boolean;
  readonly requestSealed: Buffer;
  readonly eventId: string | undefined;
}

/** Of each kind, near miss or not: what bounds the table when a source is under attack for days. */
const KEPT_PER_SOURCE = 1_000;
const WRITE_WITHIN_MS = 5_000;
const SWEPT_AT_ONCE = 1_000;

const INSERT = `
  INSERT INTO hookyard.rejection (id, source_id, received_at, expires_at, reason, detail, near_miss, off_by_seconds,
    matched_source, matched_secret, matched_label, body_length, body_cut, request_sealed, event_id)
  SELECT id, source_id, statement_timestamp() - age_ms * interval '1 ms', statement_timestamp() + $15::float8 * interval '1 ms',
    reason, detail, near_miss, off_by_seconds, matched_source, matched_secret, matched_label, body_length, body_cut,
    decode(request_sealed, 'base64'), event_id
  FROM unnest($1::uuid[], $2::int[], $3::float8[], $4::text[], $5::text[], $6::boolean[], $7::bigint[], $8::text[],
    $9::text[], $10::text[], $11::int[], $12::boolean[], $13::text[], $14::uuid[])
    AS r(id, source_id, age_ms, reason, detail, near_miss, off_by_seconds, matched_source, matched_secret, matched_label,
         body_length, body_cut, request_sealed, event_id)`;

/** Two reasons to go: its time is over, or too many newer ones of its kind have come to its source. */
const SWEEP = `
  WITH due AS (
    SELECT id FROM hookyard.rejection WHERE expires_at < statement_timestamp()
    UNION ALL
    SELECT id FROM (
      SELECT id, row_number() OVER (PARTITION BY source_id, near_miss ORDER BY id DESC) AS rank FROM hookyard.rejection
    ) ranked WHERE rank > ${KEPT_PER_SOURCE}
    LIMIT ${SWEPT_AT_ONCE}
  )
  DELETE FROM hookyard.rejection WHERE id IN (
    SELECT r.id FROM hookyard.rejection r WHERE r.id IN (SELECT id FROM due) FOR UPDATE SKIP LOCKED)`;

/** How long samples are kept, in milliseconds; a class so that Nest can inject it. */
export class RejectionsKept {
  constructor(readonly ms: number) {}
}

/** Samples of refused requests, on disk for a week unless `retention` says otherwise. */
@Injectable()
export class RejectionStore {
  constructor(
    private readonly pools: Pools,
    private readonly kept: RejectionsKept,
  ) {}

  /** Writes samples in one statement; rejects after five seconds, because nobody waits for them. */
  async insert(rejections: readonly NewRejection[]): Promise<void> {
    const column = <T>(read: (rejection: NewRejection) => T): T[] => rejections.map(read);
    const statement: QueryConfig & { query_timeout: number } = {
      name: 'insert-rejections',
      text: INSERT,
      values: [
        column(({ id }) => id),
        column(({ sourceId }) => sourceId),
        column(({ ageMs }) => ageMs),
        column(({ reason }) => reason),
        column(({ detail }) => detail),
        column(({ nearMiss }) => nearMiss),
        column(({ offBySeconds }) => offBySeconds ?? null),
        column(({ matchedSource }) => matchedSource ?? null),
        column(({ matchedSecret }) => matchedSecret ?? null),
        column(({ matchedLabel }) => matchedLabel ?? null),
        column(({ bodyLength }) => bodyLength),
        column(({ bodyCut }) => bodyCut),
        column(({ requestSealed }) => requestSealed.toString('base64')),
        column(({ eventId }) => eventId ?? null),
        this.kept.ms,
      ],
      query_timeout: WRITE_WITHIN_MS,
    };
    await this.pools.work.query(statement);
  }

  /** Deletes what has expired, and what is too much; run every hour. Several processes may do it at once. */
  async sweep(): Promise<void> {
    for (let swept = SWEPT_AT_ONCE; swept >= SWEPT_AT_ONCE;) {
      swept = (await this.pools.work.query({ name: 'sweep-rejections', text: SWEEP })).rowCount ?? 0;
    }
  }
}
