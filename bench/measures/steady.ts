import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { percentile } from '../statistics.js';
import { router } from '../subjects.js';
import type { Figure } from '../table.js';

const PER_SECOND = 200;

/** 200 webhooks a second, counted from when each was due: how long until the answer, and until the destination has it. */
export async function steady({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const place = { databaseUrl: await server.createDatabase(), target: receiver.url };
  const running = await router.start('all', place);
  try {
    const url = `${running.url}/webhooks/stripe`;
    const load = { connections: 32, perSecond: PER_SECOND };
    const warmed = await sendSigned(url, { ...load, seconds: 3 });
    await receiver.until(warmed.requests);
    receiver.reset();
    const { latenciesMs, requests } = await sendSigned(url, { ...load, seconds: effort.seconds });
    const { underWayMs } = await receiver.until(requests);
    const figure = (measure: string, samples: readonly number[], share: number): Figure => ({
      measure: `${measure} at ${PER_SECOND}/s, p${share * 100}`,
      value: percentile(samples, share),
      unit: 'ms',
    });
    const ack = 'received → answered';
    const delivered = 'received → delivered';
    return [
      figure(ack, latenciesMs, 0.5),
      { ...figure(ack, latenciesMs, 0.95), bar: { most: 8 }, reach: { most: 3 } },
      { ...figure(ack, latenciesMs, 0.99), bar: { most: 25 } },
      figure(delivered, underWayMs, 0.5),
      { ...figure(delivered, underWayMs, 0.95), bar: { most: 60 }, reach: { most: 25 } },
      figure(delivered, underWayMs, 0.99),
    ];
  } finally {
    await running.stop();
  }
}
