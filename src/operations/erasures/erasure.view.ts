import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import type { ErasureRow } from '../../erasure/erasure.js';
import { answerCount, answerTime, named } from '../openapi/answer-fields.js';

/** An erasure as the API shows it. */
export const erasureAnswer = named(
  'Erasure',
  z.object({
    id: z.string(),
    by: z.string(),
    names: z.array(z.string()).nullable().describe('While it runs: what was asked for is personal data too'),
    source: z.string().nullable(),
    status: z.string(),
    total: answerCount.nullable(),
    totalIsExact: z.boolean(),
    processed: answerCount,
    erased: answerCount,
    deliveriesCancelled: answerCount,
    rejectionsErased: answerCount,
    createdAt: answerTime,
    endedAt: answerTime.nullable(),
  }),
);

/** Makes it of a row. `sources`: slugs of its `source_ids`, if it has any. */
export function showErasure(row: ErasureRow & { sources: string[] | null }): z.output<typeof erasureAnswer> {
  return {
    id: publicId('era', row.id),
    by: row.field,
    names: row.names,
    source: row.sources?.[0] ?? null,
    status: row.status,
    total: row.total,
    totalIsExact: row.total_is_exact,
    // Events looked at, matching or not.
    processed: row.processed,
    erased: row.erased,
    deliveriesCancelled: row.cancelled,
    rejectionsErased: row.rejections,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  };
}

/** The listed table has the alias `t`. */
export const ERASURE_FROM = 'hookyard.erasure t';
export const SOURCE_SLUGS = `(SELECT array_agg(DISTINCT s.slug) FROM hookyard.source s WHERE s.id = ANY (t.source_ids)) AS sources`;
