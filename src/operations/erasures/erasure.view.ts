import { publicId } from '../../database/ids.js';
import type { ErasureRow } from '../../erasure/erasure.js';

/** An erasure as the API shows it: what it is about only while it runs. `sources`: slugs of its `source_ids`, if it has any. */
export function showErasure(row: ErasureRow & { sources: string[] | null }): object {
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
