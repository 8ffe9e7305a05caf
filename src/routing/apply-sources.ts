import type { PoolClient } from 'pg';
import type { DeclaredSource } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';
import type { SourceSettings } from './load-topology.js';

/** `held_reason` of deliveries whose source was paused, or no longer declared, when their event came in. */
export const HELD_BY_SOURCE = 'source paused';

/** Adds or changes a source; one that had left comes back. */
export async function applySource(client: PoolClient, box: SecretBox, source: DeclaredSource): Promise<void> {
  const settings: SourceSettings = {
    toleranceSeconds: source.toleranceSeconds,
    maxBodyBytes: source.maxBodyBytes,
    options: source.options,
  };
  await client.query(
    `INSERT INTO hookyard.source (slug, type, settings, secrets_sealed) VALUES ($1, $2, $3, $4)
     ON CONFLICT (slug) WHERE deleted_at IS NULL
     DO UPDATE SET type = excluded.type, settings = excluded.settings, secrets_sealed = excluded.secrets_sealed,
                   undeclared_at = NULL`,
    [source.slug, source.type, JSON.stringify(settings), box.seal(source.secrets)],
  );
  // What was held only because the source had left goes out now that it is back.
  await client.query(
    `UPDATE hookyard.delivery d SET status = 'pending', held_reason = NULL, next_attempt_at = statement_timestamp()
     FROM hookyard.event e JOIN hookyard.source s ON s.id = e.source_id
     WHERE d.status = 'held' AND d.held_reason = $2 AND e.id = d.event_id
       AND s.slug = $1 AND s.deleted_at IS NULL AND s.paused_at IS NULL`,
    [source.slug, HELD_BY_SOURCE],
  );
}

/** Sources that are no longer declared hold what comes in. Gives back their slugs, once. */
export async function pauseSources(client: PoolClient, slugs: string[]): Promise<string[]> {
  const { rows } = await client.query<{ slug: string }>(
    `UPDATE hookyard.source SET undeclared_at = now()
     WHERE deleted_at IS NULL AND undeclared_at IS NULL AND slug <> ALL ($1) RETURNING slug`,
    [slugs],
  );
  return rows.map(({ slug }) => slug);
}
