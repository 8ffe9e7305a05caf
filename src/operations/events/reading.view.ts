import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import { answerTime, named } from '../openapi/answer-fields.js';

/** A row of `hookyard.event_reading`. */
export interface ReadingRow {
  replay_id: string;
  external_id: string;
  type: string;
  subject: string | null;
  tenant: string | null;
  occurred_at: Date | null;
  api_version: string | null;
  livemode: boolean | null;
  body_format: string;
  created_at: Date;
}

/** A reading as the API shows it. */
export const readingAnswer = named(
  'Reading',
  z.object({
    replayId: z.string(),
    externalId: z.string(),
    type: z.string(),
    subject: z.string().nullable(),
    tenant: z.string().nullable(),
    occurredAt: answerTime.nullable(),
    apiVersion: z.string().nullable(),
    livemode: z.boolean().nullable(),
    bodyFormat: z.string(),
    createdAt: answerTime,
  }),
);

/** Makes it of a row. */
export function showReading(row: ReadingRow): z.output<typeof readingAnswer> {
  return {
    replayId: publicId('rpl', row.replay_id),
    externalId: row.external_id,
    type: row.type,
    subject: row.subject,
    tenant: row.tenant,
    occurredAt: row.occurred_at,
    apiVersion: row.api_version,
    livemode: row.livemode,
    bodyFormat: row.body_format,
    createdAt: row.created_at,
  };
}
