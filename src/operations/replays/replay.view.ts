import { publicId } from '../../database/ids.js';
import type { BulkReplayRow } from '../../replay/bulk-replay.js';

/** A bulk replay as the API shows it. `destinations`: names of its `destination_ids`, if it has any. */
export function showReplay(row: BulkReplayRow & { destinations?: string[] | null }): object {
  const skipped = Object.values(row.skipped).reduce((sum, count) => sum + count, 0);
  return {
    id: publicId('rpl', row.id),
    mode: row.mode === 'renormalise' ? 'replay' : row.mode,
    renormalise: row.mode === 'renormalise',
    onlyChanged: row.mode === 'renormalise' && row.only_changed,
    latestOnly: row.latest_only,
    status: row.status,
    filter: row.filter,
    destinations: row.destinations ?? null,
    pace: row.pace,
    total: row.total,
    totalIsExact: row.total_is_exact,
    processed: row.processed,
    deliveries: row.deliveries,
    skipped,
    skippedBecause: row.skipped,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}

/** The listed table has the alias `t`. */
export const REPLAY_FROM = 'hookyard.replay t';
export const DESTINATION_NAMES = `(SELECT array_agg(x.name ORDER BY x.name) FROM hookyard.destination x
  WHERE x.id = ANY (t.destination_ids)) AS destinations`;
