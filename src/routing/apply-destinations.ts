import type { PoolClient } from 'pg';
import type { DeclaredDestination, DeliveryPolicy } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';
import { HANDLER_ABSENT_AFTER } from '../queue/handler-names.js';
import { PAUSED_UNDECLARED } from '../queue/pause-reasons.js';
import type { DeclaredBy } from './declared-by.js';
import type { DestinationSecrets, DestinationSettings } from './load-topology.js';

/** A destination as its row and its sealed part hold it. */
export interface DestinationWrite {
  name: string;
  declaredBy: DeclaredBy;
  written?: unknown;
  settings: DestinationSettings;
  secrets: DestinationSecrets;
}

/** An HTTP destination's row. */
export function httpDestination(destination: DeclaredDestination, declaredBy: DeclaredBy = 'file'): DestinationWrite {
  const { name, policy, url, payload, allowPrivateNetwork, signingSecrets, resignWith, headers, tls, proxy } =
    destination;
  return {
    name,
    declaredBy,
    written: destination.written,
    settings: { policy, payload, allowPrivateNetwork },
    secrets: {
      url,
      signingSecrets: signingSecrets.map((secret) => ({ ...secret, notAfter: secret.notAfter?.toISOString() })),
      resignWith,
      headers,
      tls,
      proxy,
    },
  };
}

/** A handler's row: nothing but how its deliveries behave. */
export function handlerDestination(name: string, policy: DeliveryPolicy): DestinationWrite {
  return { name, declaredBy: 'code', settings: { policy }, secrets: {} };
}

/** Adds or changes a destination and its gate; one that had left is no longer paused. Gives back its id. */
export async function applyDestination(
  client: PoolClient,
  box: SecretBox,
  kind: 'http' | 'handler',
  { name, declaredBy, written, settings, secrets }: DestinationWrite,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO hookyard.destination (name, kind, settings, secrets_sealed, declared_by, written_sealed)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (name) WHERE deleted_at IS NULL
     DO UPDATE SET kind = excluded.kind, settings = excluded.settings, secrets_sealed = excluded.secrets_sealed,
                   declared_by = excluded.declared_by, written_sealed = excluded.written_sealed, undeclared_at = NULL
     RETURNING id`,
    [name, kind, JSON.stringify(settings), box.seal(secrets), declaredBy, box.seal(written ?? null)],
  );
  const { id } = rows[0] as { id: number };
  await client.query(
    `INSERT INTO hookyard.destination_gate (destination_id, handler_seen_at)
     VALUES ($1, CASE WHEN $3 THEN clock_timestamp() END)
     ON CONFLICT (destination_id) DO UPDATE SET
       handler_seen_at = excluded.handler_seen_at,
       paused_at = CASE WHEN destination_gate.pause_reason = $2 THEN NULL ELSE destination_gate.paused_at END,
       pause_reason = nullif(destination_gate.pause_reason, $2)`,
    [id, PAUSED_UNDECLARED, kind === 'handler'],
  );
  return id;
}

/** Handlers that this process lacks, but another one had not long ago. */
export async function handlersElsewhere(client: PoolClient, own: readonly number[]): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `SELECT d.id FROM hookyard.destination d JOIN hookyard.destination_gate g ON g.destination_id = d.id
     WHERE d.kind = 'handler' AND d.deleted_at IS NULL AND d.undeclared_at IS NULL AND d.id <> ALL ($1)
       AND g.handler_seen_at > clock_timestamp() - interval '${HANDLER_ABSENT_AFTER}'`,
    [own],
  );
  return rows.map(({ id }) => id);
}

/** Destinations that are no longer declared by whom they were declared by are paused with their backlog. Gives back their names, once. */
export async function pauseDestinations(client: PoolClient, declaredBy: DeclaredBy, ids: number[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `WITH gone AS (
       UPDATE hookyard.destination SET undeclared_at = now()
       WHERE deleted_at IS NULL AND undeclared_at IS NULL AND id <> ALL ($1) AND declared_by = $3
       RETURNING id, name
     ), paused AS (
       UPDATE hookyard.destination_gate g SET paused_at = coalesce(paused_at, now()), pause_reason = coalesce(pause_reason, $2)
       FROM gone WHERE g.destination_id = gone.id
     )
     SELECT name FROM gone`,
    [ids, PAUSED_UNDECLARED, declaredBy],
  );
  return rows.map(({ name }) => name);
}
