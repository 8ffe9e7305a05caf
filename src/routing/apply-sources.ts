import type { PoolClient } from 'pg';
import type { DeclaredSource } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';
import type { SourceSettings } from './load-topology.js';
import type { DeclaredBy } from './declared-by.js';
import { stillPrevious, type StoredSecret } from './source-secret.js';

/** `held_reason` of deliveries whose source was paused, or no longer declared, when their event came in. */
export const HELD_BY_SOURCE = 'source paused';

/** A source as its row and its sealed part hold it. */
export interface SourceWrite {
  readonly type: string;
  readonly settings: SourceSettings;
  readonly secrets: readonly StoredSecret[];
}

/** A source's row. */
export function sourceWrite(source: DeclaredSource): SourceWrite {
  return {
    type: source.type,
    settings: {
      toleranceSeconds: source.toleranceSeconds,
      maxBodyBytes: source.maxBodyBytes,
      limits: source.limits,
      suspectedReplays: source.suspectedReplays,
      verification: source.verification,
      options: source.options,
    },
    secrets: source.secrets.map(({ value, label, notAfter }) => ({ value, label, notAfter: notAfter?.toISOString() })),
  };
}

/** Adds or changes a source; one that had left comes back, and what it held is released later (see `releaseHeld`). */
export async function applySource(client: PoolClient, box: SecretBox, source: DeclaredSource): Promise<void> {
  const { settings, secrets } = sourceWrite(source);
  const before = await client.query<{ secrets_sealed: Buffer; previous_secrets_sealed: Buffer | null; now: Date }>(
    `SELECT secrets_sealed, previous_secrets_sealed, statement_timestamp() AS now
     FROM hookyard.source WHERE slug = $1 AND deleted_at IS NULL`,
    [source.slug],
  );
  const previous = before.rows.flatMap((row) => stillPrevious(box, row, secrets, row.now));
  await client.query(
    `INSERT INTO hookyard.source (slug, type, settings, secrets_sealed, previous_secrets_sealed, declared_by, written_sealed)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (slug) WHERE deleted_at IS NULL
     DO UPDATE SET type = excluded.type, settings = excluded.settings, secrets_sealed = excluded.secrets_sealed,
                   previous_secrets_sealed = excluded.previous_secrets_sealed, declared_by = excluded.declared_by,
                   written_sealed = excluded.written_sealed, undeclared_at = NULL`,
    [
      source.slug,
      source.type,
      JSON.stringify(settings),
      box.seal(secrets),
      previous.length === 0 ? null : box.seal(previous),
      source.declaredBy ?? 'file',
      box.seal(source.written ?? null),
    ],
  );
}

/** Sources that are no longer declared by whom they were declared by hold what comes in. Gives back their slugs, once. */
export async function pauseSources(client: PoolClient, declaredBy: DeclaredBy, slugs: string[]): Promise<string[]> {
  const { rows } = await client.query<{ slug: string }>(
    `UPDATE hookyard.source SET undeclared_at = now()
     WHERE deleted_at IS NULL AND undeclared_at IS NULL AND slug <> ALL ($1) AND declared_by = $2 RETURNING slug`,
    [slugs, declaredBy],
  );
  return rows.map(({ slug }) => slug);
}
