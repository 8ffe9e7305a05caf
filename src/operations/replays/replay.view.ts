import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import type { BulkReplayRow } from '../../replay/bulk-replay.js';
import { answerCount, answerTime, named } from '../openapi/answer-fields.js';

/** What one re-normalising read otherwise than before. */
export const fieldChangeAnswer = named(
  'FieldChange',
  z.object({
    field: z.string(),
    before: z.union([z.string(), z.boolean()]).nullable(),
    after: z.union([z.string(), z.boolean()]).nullable(),
  }),
);

/** A bulk replay as the API shows it. */
export const replayAnswer = named(
  'Replay',
  z.object({
    id: z.string(),
    mode: z.enum(['retry', 'replay']),
    renormalise: z.boolean(),
    onlyChanged: z.boolean(),
    latestOnly: z.boolean(),
    status: z.enum(['running', 'paused', 'finished', 'cancelled']),
    filter: z.record(z.string(), z.unknown()),
    destinations: z.array(z.string()).nullable(),
    pace: z.number(),
    total: answerCount.nullable(),
    totalIsExact: z.boolean(),
    processed: answerCount,
    deliveries: answerCount,
    skipped: answerCount,
    skippedBecause: z.record(z.string(), answerCount),
    createdAt: answerTime,
    endedAt: answerTime.nullable(),
  }),
);

/** What a replay would do, asked with `dryRun`. */
export const dryRunAnswer = named(
  'ReplayDryRun',
  z.object({
    dryRun: z.literal(true),
    total: answerCount.nullable(),
    totalIsExact: z.boolean(),
    sample: z.array(z.string()),
    renormalised: z
      .object({
        read: answerCount,
        complete: z.boolean(),
        changed: answerCount,
        unchanged: answerCount,
        unreadable: answerCount,
        bodyGone: answerCount,
        changedFields: z.record(z.string(), answerCount),
        sample: z.array(z.object({ eventId: z.string(), changes: z.array(fieldChangeAnswer) })),
      })
      .nullable(),
  }),
);

/** Makes it of a row. `destinations`: names of its `destination_ids`, if it has any. */
export function showReplay(row: BulkReplayRow & { destinations?: string[] | null }): z.output<typeof replayAnswer> {
  const skipped = Object.values(row.skipped).reduce((sum, count) => sum + count, 0);
  return {
    id: publicId('rpl', row.id),
    mode: row.mode === 'renormalise' ? 'replay' : row.mode,
    renormalise: row.mode === 'renormalise',
    onlyChanged: row.mode === 'renormalise' && row.only_changed,
    latestOnly: row.latest_only,
    status: row.status,
    filter: { ...row.filter },
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
