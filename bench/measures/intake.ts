import { percentile } from '../bench-database.js';
import { sendSigned } from '../load.js';
import { startRouterProcess } from '../router-process.js';
import type { Figure } from '../table.js';

const SECONDS = 8;
const CONNECTIONS = 32;

/** Signed request → committed event and delivery → 200, at saturation; the destination is paused, so nothing else runs. */
export async function intake(databaseUrl: string): Promise<Figure[]> {
  const router = await startRouterProcess(
    databaseUrl,
    `destinations:\n  - { name: sink, url: "http://127.0.0.1:9/", allowPrivateNetwork: true }\nroutes:\n  - { source: stripe, to: sink }\n`,
    { HOOKYARD_ROLE: 'intake,api', LOG_LEVEL: 'info' },
  );
  try {
    await sendSigned(`${router.url}/webhooks/stripe`, CONNECTIONS, 2);
    const load = await sendSigned(`${router.url}/webhooks/stripe`, CONNECTIONS, SECONDS);
    const failed = load.requests - (load.statuses.get(200) ?? 0);
    return [
      {
        measure: 'intake at saturation',
        value: load.requests / load.seconds,
        unit: 'req/s',
        note: `${CONNECTIONS} connections, ${failed} not 200`,
      },
      { measure: 'intake at saturation, ack p50', value: percentile(load.latenciesMs, 0.5), unit: 'ms' },
      { measure: 'intake at saturation, ack p99', value: percentile(load.latenciesMs, 0.99), unit: 'ms' },
      { measure: 'start to ready', value: router.readyAfterMs, unit: 'ms', note: 'external database, first start' },
    ];
  } finally {
    await router.stop();
  }
}
