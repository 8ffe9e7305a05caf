import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import { answerCount, answerTime, named } from '../openapi/answer-fields.js';

/** The listed table has the alias `t`. */
export const REJECTION_FROM = 'hookyard.rejection t JOIN hookyard.source s ON s.id = t.source_id';
export const REJECTION_COLUMNS = `t.id, s.slug AS source, s.type AS source_type, t.received_at, t.expires_at, t.reason, t.detail,
  t.near_miss, t.off_by_seconds::float8 AS off_by_seconds, t.matched_source, t.matched_secret, t.matched_label, t.body_length,
  t.body_cut, t.event_id, t.reverified_at`;

/** A row of `REJECTION_COLUMNS`. */
export interface RejectionRow {
  id: string;
  source: string;
  source_type: string;
  received_at: Date;
  expires_at: Date;
  reason: string;
  detail: string;
  near_miss: boolean;
  off_by_seconds: number | null;
  matched_source: string | null;
  matched_secret: string | null;
  matched_label: string | null;
  body_length: number;
  body_cut: boolean;
  event_id: string | null;
  reverified_at: Date | null;
}

/** A rejection as the API shows it: never the request, of secrets only the fingerprint. */
export const rejectionAnswer = named(
  'Rejection',
  z.object({
    id: z.string(),
    source: z.string(),
    sourceType: z.string(),
    receivedAt: answerTime,
    expiresAt: answerTime,
    reason: z.string(),
    detail: z.string(),
    nearMiss: z.boolean(),
    offBySeconds: z.number().nullable(),
    matchedSource: z.string().nullable(),
    matchedSecret: z.object({ fingerprint: z.string(), label: z.string().nullable() }).nullable(),
    bodyBytes: answerCount,
    bodyCut: z.boolean(),
    eventId: z.string().nullable(),
    reverifiedAt: answerTime.nullable(),
  }),
);

/** Makes it of a row. */
export function showRejection(row: RejectionRow): z.output<typeof rejectionAnswer> {
  const secret = row.matched_secret === null ? null : { fingerprint: row.matched_secret, label: row.matched_label };
  return {
    id: publicId('rej', row.id),
    source: row.source,
    sourceType: row.source_type,
    receivedAt: row.received_at,
    expiresAt: row.expires_at,
    reason: row.reason,
    detail: row.detail,
    nearMiss: row.near_miss,
    offBySeconds: row.off_by_seconds,
    matchedSource: row.matched_source,
    matchedSecret: secret,
    bodyBytes: row.body_length,
    bodyCut: row.body_cut,
    eventId: row.event_id === null ? null : publicId('evt', row.event_id),
    reverifiedAt: row.reverified_at,
  };
}
