import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { manySinks, startRouter } from '../subjects.js';
import type { Figure } from '../table.js';

const COUNTS = [1, 100, 1_000];

/** A backlog spread evenly over 1, 100, 1,000 destinations is drained. */
export async function destinations({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  const requests = Math.ceil(effort.backlog / 2);
  for (const count of COUNTS) {
    const place = { databaseUrl: await server.createDatabase() };
    const yaml = manySinks(
      Array.from({ length: count }, (_, n) => ({ name: `sink-${n}`, url: `${receiver.url}${n}`, type: `to.${n}` })),
    );
    const feeder = await startRouter(place, yaml, { HOOKYARD_ROLE: 'intake' });
    const typeOf = (n: number): string => `to.${n % count}`;
    await sendSigned(`${feeder.url}/webhooks/stripe`, { connections: 32, seconds: 300, requests, typeOf });
    await feeder.stop();
    receiver.reset();
    const worker = await startRouter(place, yaml, { HOOKYARD_ROLE: 'worker' });
    try {
      const { count: came, firstAtMs, lastAtMs } = await receiver.until(requests);
      const value = ((came - 1) * 1000) / (lastAtMs - firstAtMs);
      figures.push({ measure: `drain over ${count} destinations`, value, unit: 'deliveries/s' });
    } finally {
      await worker.stop();
      receiver.reset();
    }
  }
  return figures;
}
