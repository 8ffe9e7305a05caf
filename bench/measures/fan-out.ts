import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { manySinks, startRouter } from '../subjects.js';
import type { Figure } from '../table.js';

const WIDTHS = [1, 5, 20];

/** Each webhook goes to 1, 5, 20 destinations: deliveries a second, taken in and delivered at the same time. */
export async function fanOut({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const width of WIDTHS) {
    const sinks = Array.from({ length: width }, (_, n) => ({ name: `sink-${n}`, url: `${receiver.url}${n}` }));
    const running = await startRouter({ databaseUrl: await server.createDatabase() }, manySinks(sinks));
    try {
      const url = `${running.url}/webhooks/stripe`;
      await sendSigned(url, { connections: 8, seconds: 60, requests: 100 });
      await receiver.until(100 * width);
      receiver.reset();
      const requests = Math.ceil(effort.backlog / 2 / width);
      const startedAtMs = Date.now();
      await sendSigned(url, { connections: 32, seconds: 300, requests });
      const { lastAtMs } = await receiver.until(requests * width);
      const value = (requests * width * 1000) / (lastAtMs - startedAtMs);
      figures.push({
        measure: `whole path, fan-out ${width}`,
        value,
        unit: 'deliveries/s',
        note: `${requests} webhooks`,
      });
    } finally {
      await running.stop();
      receiver.reset();
    }
  }
  return figures;
}
