import type { SecretState } from '../../routing/secret-ends.js';
import type { Source } from '../../routing/topology.js';

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

/** A source as the API shows it; of its secrets the fingerprints. `source`: as this process uses it, if it can. */
export function showSource(
  row: SourceRow,
  source: Source | undefined,
  secrets: readonly SecretState[],
  now: Date,
): object {
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
    unsigned: source?.description.unsigned ?? null,
    secrets: secrets.map(({ fingerprint, label, notAfter, lastMatchedAt }) => ({
      fingerprint,
      label: label ?? null,
      notAfter: notAfter ?? null,
      ended: notAfter !== undefined && notAfter < now,
      lastMatchedAt: lastMatchedAt ?? null,
    })),
  };
}
