import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { inTurn, percentile } from '../statistics.js';
import { handWritten, router, type Subject } from '../subjects.js';
import { compared, type Figure } from '../table.js';

const CONNECTIONS = 32;
const LOOK_EVERY_MS = 250;
/** Until V8 has compiled the whole path; shorter, and the figure is its compiler's. */
const WARM_UP_SECONDS = 4;

/** Webhooks at saturation while they are delivered by the same process: those delivered a second, from the first request to the last arrival. */
export async function wholePath({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const rssMb: number[] = [];
  const once = async (subject: Subject, memory?: number[]): Promise<number> => {
    const running = await subject.start('all', { databaseUrl: await server.createDatabase(), target: receiver.url });
    const url = `${running.url}/webhooks/stripe`;
    const watch = setInterval(() => memory?.push(running.rssMb()), LOOK_EVERY_MS);
    try {
      const warmed = await sendSigned(url, { connections: CONNECTIONS, seconds: WARM_UP_SECONDS });
      await receiver.until(warmed.requests);
      receiver.reset();
      const startedAtMs = Date.now();
      const { requests } = await sendSigned(url, { connections: CONNECTIONS, seconds: effort.seconds });
      const { count, lastAtMs } = await receiver.until(requests);
      return (count * 1000) / (lastAtMs - startedAtMs);
    } finally {
      clearInterval(watch);
      receiver.reset();
      await running.stop();
    }
  };
  const samples = await inTurn(
    effort.rounds,
    () => once(router, rssMb),
    () => once(handWritten),
  );
  const path = { measure: 'whole path, taken in and delivered', unit: 'webhooks/s' };
  return [
    compared(path, samples, handWritten.name),
    {
      ...path,
      measure: `${path.measure}, alone`,
      value: percentile(samples.a, 0.5),
      bar: { least: 2_000 },
      reach: { least: 3_000 },
    },
    {
      measure: 'memory of the process under that load, most',
      value: Math.max(...rssMb),
      unit: 'MB RSS',
      bar: { most: 250 },
      reach: { most: 180 },
    },
  ];
}
