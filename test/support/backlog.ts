import type { Pool } from 'pg';
import { deliveryPolicy, type DeliveryPolicyInput } from '../../src/config/delivery-policy.js';
import type { Claimable } from '../../src/queue/claim.js';

/** A destination with deliveries that are due, written straight into the tables: for what is driven without a router. */
export async function backlog(
  pool: Pool,
  name: string,
  deliveries: number,
  policy: DeliveryPolicyInput = {},
): Promise<Claimable> {
  const { rows } = await pool.query<{ id: number }>(
    `INSERT INTO hookyard.destination (name, kind, settings, secrets_sealed) VALUES ($1, 'http', '{}', '') RETURNING id`,
    [name],
  );
  const { id } = rows[0] as { id: number };
  await pool.query('INSERT INTO hookyard.destination_gate (destination_id) VALUES ($1)', [id]);
  await moreDeliveries(pool, id, deliveries);
  return { id, policy: deliveryPolicy(policy) };
}

/** Deliveries that are due now. */
async function moreDeliveries(pool: Pool, destinationId: number, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO hookyard.delivery (id, event_id, destination_id)
     SELECT gen_random_uuid(), gen_random_uuid(), $1 FROM generate_series(1, $2)`,
    [destinationId, count],
  );
}
