import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import { answerTime, named } from '../openapi/answer-fields.js';
import type { ApiKeyRow } from './api-key.store.js';
import { ROLES } from './role.js';

/** An API key as the API shows it: never the key. */
export const apiKeyAnswer = named(
  'ApiKey',
  z.object({
    id: z.string(),
    label: z.string(),
    role: z.enum(ROLES),
    prefix: z.string(),
    createdBy: z.string(),
    createdAt: answerTime,
    notAfter: answerTime.nullable(),
    lastUsedAt: answerTime.nullable(),
    revokedAt: answerTime.nullable(),
  }),
);

/** Makes it of a row. */
export function showApiKey(row: ApiKeyRow): z.output<typeof apiKeyAnswer> {
  return {
    id: publicId('key', row.id),
    label: row.label,
    role: row.role,
    prefix: row.prefix,
    createdBy: row.created_by,
    createdAt: row.created_at,
    notAfter: row.not_after,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
