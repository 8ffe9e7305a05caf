import { Injectable } from '@nestjs/common';
import { newId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import type { FailureGroup, IssueState } from './issue.js';

/** An issue that was not there, or not any more. */
export interface NewIssue {
  readonly destination: string;
  readonly errorClass: string;
  readonly statusCode: number | null;
  /** It was resolved before. */
  readonly reopened: boolean;
}

/** After so long without a failure nobody has to say that it is over. */
const RESOLVE_AFTER = '7 days';
const FORGET_AFTER = '90 days';

/**
 * One order of rows for every process. What was resolved comes back by a failure after that, not by one that was on its way here;
 * what is ignored only counts.
 */
const FILE = `
  WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::int[], $6::int[], $7::uuid[], $8::float8[], $9::float8[])
      AS i(id, destination_id, error_class, status_code, failures, dead, last_delivery_id, first_ms_ago, last_ms_ago)
  ), filed AS (
    INSERT INTO hookyard.issue AS own
      (id, destination_id, error_class, status_code, failures, dead, last_delivery_id, first_seen_at, last_seen_at)
    SELECT i.id, i.destination_id, i.error_class, i.status_code, i.failures, i.dead, i.last_delivery_id,
      statement_timestamp() - i.first_ms_ago * interval '1 ms', statement_timestamp() - i.last_ms_ago * interval '1 ms'
    FROM input i JOIN hookyard.destination d ON d.id = i.destination_id AND d.deleted_at IS NULL
    ORDER BY i.destination_id, i.error_class, i.status_code
    ON CONFLICT (destination_id, error_class, coalesce(status_code, 0)) DO UPDATE SET
      failures = own.failures + excluded.failures,
      dead = own.dead + excluded.dead,
      last_delivery_id = excluded.last_delivery_id,
      last_seen_at = greatest(own.last_seen_at, excluded.last_seen_at),
      state = CASE WHEN own.state = 'resolved' AND excluded.last_seen_at > own.state_changed_at THEN 'open' ELSE own.state END,
      reopened_at = CASE WHEN own.state = 'resolved' AND excluded.last_seen_at > own.state_changed_at
        THEN statement_timestamp() ELSE own.reopened_at END,
      state_changed_at = CASE WHEN own.state = 'resolved' AND excluded.last_seen_at > own.state_changed_at
        THEN statement_timestamp() ELSE own.state_changed_at END
    RETURNING id, destination_id, error_class, status_code, reopened_at = statement_timestamp() AS reopened
  )
  SELECT d.name AS destination, f.error_class, f.status_code, coalesce(f.reopened, false) AS reopened
  FROM filed f JOIN hookyard.destination d ON d.id = f.destination_id
  WHERE f.reopened OR f.id IN (SELECT id FROM input)`;

/** From which states a person may take an issue to another. */
const FROM: Readonly<Record<IssueState, readonly IssueState[]>> = {
  acknowledged: ['open', 'acknowledged'],
  resolved: ['open', 'acknowledged', 'ignored', 'resolved'],
  ignored: ['open', 'acknowledged', 'resolved', 'ignored'],
  open: ['acknowledged', 'resolved', 'ignored', 'open'],
};

/** The issues on disk. */
@Injectable()
export class IssueStore {
  constructor(private readonly pools: Pools) {}

  /** Adds counts to the issues they belong to. Gives back those that are new, or back. */
  async file(groups: readonly FailureGroup[]): Promise<NewIssue[]> {
    if (groups.length === 0) return [];
    const now = performance.now();
    const column = <T>(read: (group: FailureGroup) => T): T[] => groups.map(read);
    const { rows } = await this.pools.work.query<{
      destination: string;
      error_class: string;
      status_code: number | null;
      reopened: boolean;
    }>({
      name: 'file-issues',
      text: FILE,
      values: [
        column(() => newId()),
        column(({ destinationId }) => destinationId),
        column(({ errorClass }) => errorClass),
        column(({ statusCode }) => statusCode ?? null),
        column(({ failures }) => failures),
        column(({ dead }) => dead),
        column(({ lastDeliveryId }) => lastDeliveryId),
        column(({ firstAt }) => now - firstAt),
        column(({ lastAt }) => now - lastAt),
      ],
    });
    return rows.map((row) => ({
      destination: row.destination,
      errorClass: row.error_class,
      statusCode: row.status_code,
      reopened: row.reopened,
    }));
  }

  /** A person decides. `before`: what it was; nothing when there is no such issue. `id` in its stored form. */
  async change(
    id: string,
    to: IssueState,
  ): Promise<{ readonly before: IssueState; readonly changed: boolean } | undefined> {
    const { rows } = await this.pools.work.query<{ before: IssueState; changed: boolean }>(
      `WITH found AS (SELECT id, state FROM hookyard.issue WHERE id = $1 FOR UPDATE), changed AS (
         UPDATE hookyard.issue i SET state = $2,
           state_changed_at = CASE WHEN i.state = $2 THEN i.state_changed_at ELSE clock_timestamp() END
         FROM found WHERE i.id = found.id AND found.state = ANY ($3) RETURNING i.id)
       SELECT state AS before, EXISTS (SELECT FROM changed) AS changed FROM found`,
      [id, to, FROM[to]],
    );
    return rows[0];
  }

  /** Resolves what has not happened for a week; forgets what is long over, and what its destination took with it. */
  async tidy(): Promise<void> {
    await this.pools.work.query(
      `UPDATE hookyard.issue SET state = 'resolved', state_changed_at = clock_timestamp()
       WHERE state IN ('open', 'acknowledged') AND last_seen_at < clock_timestamp() - interval '${RESOLVE_AFTER}'`,
    );
    await this.pools.work.query(
      `DELETE FROM hookyard.issue i WHERE last_seen_at < clock_timestamp() - interval '${FORGET_AFTER}'
         OR NOT EXISTS (SELECT FROM hookyard.destination d WHERE d.id = i.destination_id AND d.deleted_at IS NULL)`,
    );
  }
}
