import { z } from 'zod';
import type { SecretState } from '../../routing/secret-ends.js';
import type { Source } from '../../routing/topology.js';
import { answerCount, answerTime, named } from '../openapi/answer-fields.js';

/** What a source's row says beside its configuration. */
export interface SourceRow {
  id: number;
  slug: string;
  type: string;
  declared_by: string;
  paused_at: Date | null;
  undeclared_at: Date | null;
  created_at: Date;
}

/** A source as the API shows it; of its secrets the fingerprints. */
export const sourceAnswer = named(
  'Source',
  z.object({
    slug: z.string(),
    type: z.string(),
    declaredBy: z.string(),
    path: z.string(),
    usable: z.boolean(),
    pausedAt: answerTime.nullable(),
    undeclaredAt: answerTime.nullable(),
    createdAt: answerTime,
    verification: z.enum(['shadow', 'enforce']).nullable(),
    suspectedReplays: z.string().nullable(),
    toleranceSeconds: z.number().nullable(),
    maxBodyBytes: answerCount.nullable(),
    limits: z.object({ ratePerSecond: z.number(), burst: answerCount }).nullable(),
    unsigned: z.array(z.string()).nullable(),
    secrets: z.array(
      z.object({
        fingerprint: z.string(),
        label: z.string().nullable(),
        notAfter: answerTime.nullable(),
        ended: z.boolean(),
        lastMatchedAt: answerTime.nullable(),
      }),
    ),
  }),
);

/** Makes it of a row. `source`: as this process uses it, if it can. */
export function showSource(
  row: SourceRow,
  source: Source | undefined,
  secrets: readonly SecretState[],
  now: Date,
): z.output<typeof sourceAnswer> {
  return {
    slug: row.slug,
    type: row.type,
    declaredBy: row.declared_by,
    path: `/webhooks/${row.slug}`,
    usable: source !== undefined,
    pausedAt: row.paused_at,
    undeclaredAt: row.undeclared_at,
    createdAt: row.created_at,
    verification: source === undefined ? null : source.isShadow ? 'shadow' : 'enforce',
    suspectedReplays: source?.suspectedReplays ?? null,
    toleranceSeconds: source?.toleranceSeconds ?? null,
    maxBodyBytes: source?.maxBodyBytes ?? null,
    limits: source?.limits ?? null,
    unsigned: source?.description.unsigned?.slice() ?? null,
    secrets: secrets.map(({ fingerprint, label, notAfter, lastMatchedAt }) => ({
      fingerprint,
      label: label ?? null,
      notAfter: notAfter ?? null,
      ended: notAfter !== undefined && notAfter < now,
      lastMatchedAt: lastMatchedAt ?? null,
    })),
  };
}
