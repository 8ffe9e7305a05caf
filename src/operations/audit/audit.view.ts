import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import { BOOTSTRAP_KEY_ID } from '../access/principal.js';
import { answerTime, named } from '../openapi/answer-fields.js';

/** A row of `hookyard.audit`. */
export interface AuditRow {
  id: string;
  at: Date;
  /** Null for what was not done over the API. */
  api_key_id: string | null;
  actor: string;
  role: string;
  address: string;
  action: string;
  path: string;
  target: string | null;
  before: unknown;
  after: unknown;
  status_code: number | null;
  error_code: string | null;
}

/** A line of the audit log as the API shows it. */
export const auditAnswer = named(
  'AuditLine',
  z.object({
    id: z.string(),
    at: answerTime,
    actor: z.string(),
    apiKeyId: z.string().nullable(),
    role: z.string(),
    address: z.string(),
    action: z.string(),
    path: z.string(),
    target: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    statusCode: z.int().nullable(),
    errorCode: z.string().nullable(),
  }),
);

/** Makes it of a row. */
export function showAudit(row: AuditRow): z.output<typeof auditAnswer> {
  return {
    id: publicId('aud', row.id),
    at: row.at,
    actor: row.actor,
    apiKeyId: row.api_key_id === null || row.api_key_id === BOOTSTRAP_KEY_ID ? null : publicId('key', row.api_key_id),
    role: row.role,
    address: row.address,
    action: row.action,
    path: row.path,
    target: row.target,
    before: row.before,
    after: row.after,
    statusCode: row.status_code,
    errorCode: row.error_code,
  };
}
