import { ask } from '../ask.js';
import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { percentile } from '../statistics.js';
import { router } from '../subjects.js';
import type { Figure } from '../table.js';

const IDS = 100;

/** A sender that repeats itself: a storm of the same 100 ids. Each is stored once. */
export async function duplicates({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const place = { databaseUrl: await server.createDatabase(), target: receiver.url };
  const running = await router.start('intake', place);
  try {
    const idOf = (n: number): string => `evt_storm_${n % IDS}`;
    const load = { connections: 32, seconds: effort.seconds, idOf };
    const { requests, seconds, latenciesMs } = await sendSigned(`${running.url}/webhooks/stripe`, load);
    const stored = await ask(place.databaseUrl, 'SELECT count(*) FROM hookyard.event');
    const about = `a storm of the same ${IDS} ids`;
    return [
      { measure: about, value: requests / seconds, unit: 'req/s' },
      { measure: `${about}, ack p99`, value: percentile(latenciesMs, 0.99), unit: 'ms' },
      { measure: `${about}, events stored`, value: stored, unit: 'events', bar: { least: IDS, most: IDS } },
    ];
  } finally {
    await running.stop();
  }
}
