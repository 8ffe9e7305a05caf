import { randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';
import { MONITOR_NAME } from '../config/monitor-schema.js';
import type { SecretBox } from '../database/secret-box.js';
import { StartupError } from '../errors.js';
import { tombstoneDestination } from './remove-destination.js';
import type { StoredSecret } from './source-secret.js';

/**
 * Makes the monitor's source, with a secret that only the database knows, sealed, unless it is there; in the transaction of an
 * apply. @throws StartupError INVALID_CONFIG when another source has its slug.
 */
export async function declareMonitor(client: PoolClient, box: SecretBox): Promise<void> {
  const { rows } = await client.query<{ id: number; declared_by: string; secrets_sealed: Buffer }>(
    `SELECT id, declared_by, secrets_sealed FROM hookyard.source WHERE slug = $1 AND deleted_at IS NULL`,
    [MONITOR_NAME],
  );
  const [row] = rows;
  if (row && row.declared_by !== 'code') {
    const problem = `monitor: the slug ${MONITOR_NAME} is taken by a source of yours; remove that one first, or take monitor out`;
    throw new StartupError('INVALID_CONFIG', [problem]);
  }
  if (row && canOpen(box, row.secrets_sealed)) return;
  const secrets: StoredSecret[] = [{ value: `whsec_${randomBytes(32).toString('base64')}` }];
  if (row) {
    await client.query('UPDATE hookyard.source SET secrets_sealed = $2 WHERE id = $1', [row.id, box.seal(secrets)]);
    return;
  }
  await client.query(
    `INSERT INTO hookyard.source (slug, type, settings, secrets_sealed, declared_by) VALUES ($1, $1, '{}', $2, 'code')`,
    [MONITOR_NAME, box.seal(secrets)],
  );
  // What was due, and passed, before a pause of the monitor says nothing about today.
  await client.query('UPDATE hookyard.monitor SET due_at = clock_timestamp(), last_passed_at = NULL');
  await client.query(`DELETE FROM hookyard.monitor_run WHERE outcome = 'failed'`);
}

/** Takes the monitor's source, handler and route away, without a word; in the transaction of an apply. */
export async function removeMonitor(client: PoolClient): Promise<void> {
  await client.query(
    `UPDATE hookyard.source SET deleted_at = clock_timestamp()
     WHERE slug = $1 AND declared_by = 'code' AND deleted_at IS NULL`,
    [MONITOR_NAME],
  );
  const { rows } = await client.query<{ id: number }>(
    `SELECT id FROM hookyard.destination WHERE name = $1 AND kind = 'handler' AND declared_by = 'code' AND deleted_at IS NULL`,
    [MONITOR_NAME],
  );
  for (const { id } of rows) await tombstoneDestination(client, id);
}

function canOpen(box: SecretBox, sealed: Buffer): boolean {
  try {
    box.open(sealed);
    return true;
  } catch {
    return false;
  }
}
