import { fillHistory } from '../history.js';
import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { router } from '../subjects.js';
import { compared, type Figure } from '../table.js';

const LITTLE = 10_000;

/** Intake and drain beside many stored events, against few: the cost of a webhook must not grow with the history. */
export async function growth({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const requests = Math.ceil(effort.backlog / 2);
  const beside = async (stored: number): Promise<{ intake: number; drain: number }> => {
    const place = { databaseUrl: await server.createDatabase(), target: receiver.url };
    const feeder = await router.start('intake', place);
    await fillHistory(place.databaseUrl, stored);
    const url = `${feeder.url}/webhooks/stripe`;
    await sendSigned(url, { connections: 32, seconds: 60, requests: Math.ceil(requests / 10) });
    const load = await sendSigned(url, { connections: 32, seconds: 300, requests });
    await feeder.stop();
    receiver.reset();
    const worker = await router.start('worker', place);
    try {
      const { count, firstAtMs, lastAtMs } = await receiver.until(requests);
      return { intake: load.requests / load.seconds, drain: ((count - 1) * 1000) / (lastAtMs - firstAtMs) };
    } finally {
      await worker.stop();
      receiver.reset();
    }
  };
  const [many, few] = [await beside(effort.history), await beside(LITTLE)];
  const about = { bar: { least: 0.7 }, reach: { least: 0.9 } };
  const baseline = `beside ${LITTLE}`;
  const named = (what: string): string => `${what} beside ${effort.history} stored events`;
  return [
    compared({ ...about, measure: named('intake'), unit: 'req/s' }, { a: [many.intake], b: [few.intake] }, baseline),
    compared(
      { ...about, measure: named('drain'), unit: 'deliveries/s' },
      { a: [many.drain], b: [few.drain] },
      baseline,
    ),
  ];
}
