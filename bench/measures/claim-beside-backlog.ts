import { deliveryPolicy } from '../../src/config/delivery-policy.js';
import { migrate } from '../../src/database/migrate.js';
import { Pools } from '../../src/database/pools.js';
import { claim } from '../../src/queue/claim.js';
import type { Bench } from '../measure.js';
import { percentile } from '../statistics.js';
import type { Figure } from '../table.js';

const BACKLOG = 1_000_000;
const CLAIMS = 200;
const DEAD = 1;
const ALIVE = 2;

/**
 * How long a claim takes beside a million deliveries that wait for a dead destination: once shut out by its breaker, once due
 * and let in with every claim. A claim that looked at the backlog would take seconds.
 */
export async function claimBesideBacklog({ server }: Bench): Promise<Figure[]> {
  const databaseUrl = await server.createDatabase();
  await migrate(databaseUrl, false);
  const pools = new Pools(databaseUrl, 16, () => undefined);
  try {
    await pools.work.query('INSERT INTO hookyard.destination_gate (destination_id) VALUES ($1), ($2)', [DEAD, ALIVE]);
    await pools.work.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id, next_attempt_at)
       SELECT gen_random_uuid(), gen_random_uuid(), $1, now() - n * interval '1 ms' FROM generate_series(1, $2::int) n`,
      [DEAD, BACKLOG],
    );
    await pools.work.query('VACUUM ANALYZE hookyard.delivery');
    await pools.work.query(
      `UPDATE hookyard.destination_gate SET breaker_state = 'open', opened_until = now() + interval '1 hour' WHERE destination_id = $1`,
      [DEAD],
    );
    const behindBreaker = await timeClaims(pools);
    await pools.work.query(`UPDATE hookyard.destination_gate SET breaker_state = 'closed', opened_until = NULL`);
    const alongside = await timeClaims(pools);
    const bars = { bar: { most: 10 }, reach: { most: 3 } };
    return [
      {
        measure: 'claim beside 1,000,000 rows behind an open breaker, p50',
        value: percentile(behindBreaker, 0.5),
        unit: 'ms',
        ...bars,
      },
      {
        measure: 'claim beside 1,000,000 rows behind an open breaker, p95',
        value: percentile(behindBreaker, 0.95),
        unit: 'ms',
      },
      {
        measure: 'claim of 100 of 1,000,000 due rows and 100 others, p50',
        value: percentile(alongside, 0.5),
        unit: 'ms',
        ...bars,
      },
      {
        measure: 'claim of 100 of 1,000,000 due rows and 100 others, p95',
        value: percentile(alongside, 0.95),
        unit: 'ms',
      },
    ];
  } finally {
    await pools.end();
  }
}

/** Claims that find 100 due rows at the live destination each; what they claimed is then settled out of the way. */
async function timeClaims(pools: Pools): Promise<number[]> {
  const policy = deliveryPolicy();
  const claimable = new Map([DEAD, ALIVE].map((id) => [id, { id, policy }]));
  const samples: number[] = [];
  for (let i = 0; i < CLAIMS; i += 1) {
    await pools.work.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id)
       SELECT gen_random_uuid(), gen_random_uuid(), $1 FROM generate_series(1, 100)`,
      [ALIVE],
    );
    const startedAt = performance.now();
    const { batches } = await claim(pools.work, claimable, 0);
    samples.push(performance.now() - startedAt);
    if (!batches.some(({ destinationId }) => destinationId === ALIVE))
      throw new Error('the live destination was not claimed for');
    await pools.work.query(
      `UPDATE hookyard.delivery SET status = 'delivered', batch_id = NULL WHERE status = 'claimed'`,
    );
    await pools.work.query('DELETE FROM hookyard.delivery_batch');
  }
  return samples;
}
