import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import { answerCount, answerTime, named } from '../openapi/answer-fields.js';

/** The listed table has the alias `t`. */
export const EVENT_FROM = 'hookyard.event t JOIN hookyard.source s ON s.id = t.source_id';
export const EVENT_COLUMNS = `t.id, s.slug AS source, s.type AS source_type, t.external_id, t.type, t.subject, t.tenant,
  t.occurred_at, t.received_at, t.api_version, t.livemode, t.headers, t.content_type, t.body_sha256, t.body_format, t.body_length,
  t.suspected_replay_of, t.refusal, t.erased_at`;

/** A row of `EVENT_COLUMNS`. */
export interface EventRow {
  id: string;
  source: string;
  source_type: string;
  external_id: string;
  type: string;
  subject: string | null;
  tenant: string | null;
  occurred_at: Date | null;
  received_at: Date;
  api_version: string | null;
  livemode: boolean | null;
  headers: Record<string, string>;
  content_type: string | null;
  body_sha256: Buffer;
  body_format: string;
  body_length: number;
  suspected_replay_of: string | null;
  refusal: string | null;
  erased_at: Date | null;
}

/** An event as the API shows it. */
export const eventAnswer = named(
  'Event',
  z.object({
    id: z.string(),
    source: z.string(),
    sourceType: z.string(),
    externalId: z.string(),
    type: z.string(),
    subject: z.string().nullable(),
    tenant: z.string().nullable(),
    occurredAt: answerTime.nullable(),
    receivedAt: answerTime,
    apiVersion: z.string().nullable(),
    livemode: z.boolean().nullable(),
    headers: z.record(z.string(), z.string()),
    contentType: z.string().nullable(),
    bodySha256: z.string().nullable(),
    bodyFormat: z.string(),
    bodyBytes: answerCount,
    verified: z.boolean(),
    refusal: z.string().nullable(),
    suspectedReplayOf: z.string().nullable(),
    erasedAt: answerTime.nullable(),
  }),
);

/** Makes it of a row. */
export function showEvent(row: EventRow): z.output<typeof eventAnswer> {
  return {
    id: publicId('evt', row.id),
    source: row.source,
    sourceType: row.source_type,
    externalId: row.external_id,
    type: row.type,
    subject: row.subject,
    tenant: row.tenant,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    apiVersion: row.api_version,
    livemode: row.livemode,
    headers: row.headers,
    contentType: row.content_type,
    bodySha256: row.erased_at === null ? row.body_sha256.toString('hex') : null,
    bodyFormat: row.body_format,
    bodyBytes: row.body_length,
    verified: row.refusal === null,
    refusal: row.refusal,
    suspectedReplayOf: row.suspected_replay_of === null ? null : publicId('evt', row.suspected_replay_of),
    // Set: what it held is gone; its id, external id, type, times and sizes are left.
    erasedAt: row.erased_at,
  };
}
