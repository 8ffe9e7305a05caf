import { ask } from '../ask.js';
import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { percentile } from '../statistics.js';
import { router } from '../subjects.js';
import type { Figure } from '../table.js';

/** As many as a source keeps; see `KEPT_PER_SOURCE` in src/rejections/rejection.store.ts. */
const REJECTIONS_KEPT = 1_000;
const GENUINE_PER_SECOND = 50;

/** A flood of requests with wrong signatures: what it costs, what it leaves, and what genuine senders feel of it meanwhile. */
export async function forged({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const place = { databaseUrl: await server.createDatabase(), target: receiver.url };
  const running = await router.start('intake', place);
  try {
    const url = `${running.url}/webhooks/stripe`;
    const { seconds: warmUp } = await sendSigned(url, { connections: 4, seconds: 2, perSecond: GENUINE_PER_SECOND });
    const before = await ask(place.databaseUrl, 'SELECT count(*) FROM hookyard.event');
    let isOver = warmUp <= 0;
    const flood = sendSigned(url, { connections: 16, seconds: 600, requests: effort.forged, forged: true });
    void flood.finally(() => (isOver = true)).catch(() => undefined);
    const genuineMs: number[] = [];
    while (!isOver) {
      const genuine = await sendSigned(url, { connections: 8, seconds: 1, perSecond: GENUINE_PER_SECOND });
      genuineMs.push(...genuine.latenciesMs);
    }
    const { requests, seconds, statuses } = await flood;
    const events = await ask(place.databaseUrl, 'SELECT count(*) FROM hookyard.event');
    const rejections = await ask(place.databaseUrl, 'SELECT count(*) FROM hookyard.rejection');
    const about = `${requests} forged requests`;
    return [
      { measure: about, value: requests / seconds, unit: 'req/s' },
      { measure: `${about}, not refused`, value: requests - (statuses.get(401) ?? 0), unit: '', bar: { most: 0 } },
      { measure: `${about}, events they added`, value: events - before - genuineMs.length, unit: '', bar: { most: 0 } },
      { measure: `${about}, rejections kept`, value: rejections, unit: 'rows', bar: { most: REJECTIONS_KEPT } },
      {
        measure: `${about}, ack p99 of genuine ones meanwhile`,
        value: percentile(genuineMs, 0.99),
        unit: 'ms',
        note: `${GENUINE_PER_SECOND}/s, sent by the same process as the flood`,
      },
    ];
  } finally {
    await running.stop();
  }
}
