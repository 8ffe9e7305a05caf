import type { ReplayFilter } from './replay-filter.js';

/**
 * `retry`: dead letters again, the same rows. `replay`: new deliveries of stored events. `renormalise`: the same, read anew from
 * the stored bytes by the present code.
 */
export type ReplayMode = 'retry' | 'replay' | 'renormalise';

/** What is asked for. */
export interface BulkRequest {
  readonly mode: ReplayMode;
  readonly filter: ReplayFilter;
  /** Not with `retry`. `undefined`: the filter's destination, or else where the routes of today send each event. */
  readonly destinationIds: readonly number[] | undefined;
  /** Only with `renormalise`: leave out events that read the same as before. */
  readonly onlyChanged: boolean;
  /** Not with `retry`. Let `latestOnly` of a route hold for the replays as well. */
  readonly latestOnly: boolean;
  /** Deliveries per second. */
  readonly pace: number;
}

/** Why an event or a dead letter was left out. */
export type SkipReason = 'bodyGone' | 'destinationRemoved' | 'noDestination' | 'unchanged' | 'unreadable';

/** A row of `hookyard.replay`. */
export interface BulkReplayRow {
  id: string;
  mode: ReplayMode;
  status: 'running' | 'paused' | 'finished' | 'cancelled';
  filter: ReplayFilter;
  destination_ids: number[] | null;
  only_changed: boolean;
  latest_only: boolean;
  pace: number;
  position: string;
  last_id: string;
  total: number | null;
  total_is_exact: boolean;
  processed: number;
  deliveries: number;
  skipped: Partial<Record<SkipReason, number>>;
  tokens: number;
  created_at: Date;
  ended_at: Date | null;
}

/** Columns of `BulkReplayRow`, of the table with the alias `t`. */
export const BULK_REPLAY_COLUMNS = `t.id, t.mode, t.status, t.filter, t.destination_ids, t.only_changed, t.latest_only, t.pace, t.position, t.last_id,
  t.total, t.total_is_exact, t.processed, t.deliveries, t.skipped, t.tokens, t.created_at, t.ended_at`;
