import type { PoolClient } from 'pg';
import { resignProblem } from '../../config/check-signing.js';
import type { SecretBox } from '../../database/secret-box.js';
import { HttpError } from '../../errors.js';
import type { DestinationSecrets, SourceSettings } from '../../routing/load-topology.js';
import { findSourceType } from '../../sources/catalog.js';
import { configureSource } from '../../sources/configure-source.js';
import type { SourceDescription } from '../../sources/source.js';

/** What a change touched; only what is routed through it is judged, so that an old mistake elsewhere stops nobody. */
export type Touched = { readonly source: string } | { readonly destination: string } | { readonly route: number };

interface Pair {
  slug: string;
  type: string;
  settings: SourceSettings;
  destination: string;
  secrets_sealed: Buffer;
}

/**
 * Refuses what would give a destination events that its `resignWith` cannot sign: every such delivery would end dead. In the
 * transaction that made the change, after it. @throws HttpError 400
 */
export async function requireSignable(
  client: PoolClient,
  box: SecretBox,
  catalogue: readonly SourceDescription[],
  touched: Touched,
): Promise<void> {
  const { source, destination, route } = { source: null, destination: null, route: null, ...touched };
  const { rows } = await client.query<Pair>(
    `SELECT DISTINCT ON (s.id, d.id) s.slug, s.type, s.settings, d.name AS destination, d.secrets_sealed
     FROM hookyard.route r
     JOIN hookyard.destination d ON d.id = r.destination_id AND d.deleted_at IS NULL AND d.kind = 'http'
     JOIN hookyard.source s ON (s.slug = r.source_slug OR s.type = r.source_type) AND s.deleted_at IS NULL
     WHERE r.deleted_at IS NULL AND ($1::text IS NULL OR s.slug = $1) AND ($2::text IS NULL OR d.name = $2)
       AND ($3::int IS NULL OR r.id = $3)`,
    [source, destination, route],
  );
  const problems = rows.flatMap((row) => {
    const { resignWith, signingSecrets = [] } = box.open(row.secrets_sealed) as DestinationSecrets;
    const type = findSourceType(catalogue, row.type);
    if (resignWith === undefined || !type) return [];
    const problem = resignProblem(configureSource(type, row.settings.options), resignWith, { signingSecrets });
    return problem === undefined
      ? []
      : [`resignWith of ${row.destination}: cannot sign for source ${row.slug} (${row.type}): ${problem}`];
  });
  if (problems.length > 0) throw new HttpError('INVALID_REQUEST', 400, problems.join('; '));
}
