import { Pool } from 'pg';
import { fillWithMany } from '../../test/support/many-rows.js';
import { apiCall } from '../../test/support/api-call.js';
import { startRouter } from '../../test/support/router.js';
import type { Bench } from '../measure.js';
import { percentile } from '../statistics.js';
import type { Figure } from '../table.js';

const HOURS = 45;
const CALLS = 100;

const LISTS: readonly string[] = [
  '/events',
  '/events?source=stripe&type=invoice.*',
  '/events?type=rare.thing',
  '/events?type=*.thing',
  '/events?subject=sub_rare',
  '/events?tenant=acme',
  '/events?externalId=many_77',
  `/events?body=${encodeURIComponent('{"kind":"rare"}')}`,
  '/deliveries',
  '/deliveries?status=dead',
  '/deliveries?status=dead&destination=busy&responseClass=5xx',
  '/deliveries?destination=quiet',
  '/deliveries?status=pending',
];

/** How long the API takes for a page of each list, over HTTP, among 1,000,000 events (fewer in a short run). */
export async function lists({ server, effort }: Bench): Promise<Figure[]> {
  const databaseUrl = await server.createDatabase();
  const router = await startRouter({
    databaseUrl,
    env: { HOOKYARD_ROLE: 'intake,api', HOOKYARD_API_RATE: '100000/s' },
  });
  const pool = new Pool({ connectionString: databaseUrl, max: 2 });
  try {
    await fillWithMany(pool, effort.history, HOURS);
    const figures: Figure[] = [];
    for (const path of LISTS) {
      const samples: number[] = [];
      for (let n = 0; n < CALLS; n += 1) {
        const startedAt = performance.now();
        const { code } = await apiCall(router.managementUrl, 'GET', path);
        samples.push(performance.now() - startedAt);
        if (code !== 200) throw new Error(`${path}: ${code}`);
      }
      figures.push({
        measure: `GET ${decodeURIComponent(path)} among ${effort.history.toLocaleString('en')} events, p95`,
        value: percentile(samples, 0.95),
        unit: 'ms',
        bar: { most: 50 },
      });
    }
    return figures;
  } finally {
    await pool.end();
    await router.close();
  }
}
