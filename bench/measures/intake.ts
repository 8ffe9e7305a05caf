import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { inTurn, percentile } from '../statistics.js';
import { handWritten, router, type Subject } from '../subjects.js';
import { compared, type Figure } from '../table.js';

const CONNECTIONS = 32;

/** Signed request → committed event and delivery → 200, at saturation and against the hand-written controller; nothing is delivered meanwhile. */
export async function intake({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const latenciesMs: number[] = [];
  const once = async (subject: Subject, latencies?: number[]): Promise<number> => {
    const place = { databaseUrl: await server.createDatabase(), target: receiver.url };
    const running = await subject.start('intake', place);
    try {
      const url = `${running.url}/webhooks/stripe`;
      await sendSigned(url, { connections: CONNECTIONS, seconds: 2 });
      const load = await sendSigned(url, { connections: CONNECTIONS, seconds: effort.seconds });
      const stored = load.statuses.get(200) ?? 0;
      if (stored < load.requests)
        throw new Error(`${load.requests - stored} requests of ${subject.name} were not stored`);
      latencies?.push(...load.latenciesMs);
      return stored / load.seconds;
    } finally {
      await running.stop();
    }
  };
  const samples = await inTurn(
    effort.rounds,
    () => once(router, latenciesMs),
    () => once(handWritten),
  );
  const about = { measure: 'intake at saturation', unit: 'req/s', bar: { least: 5 }, reach: { least: 10 } };
  return [
    compared({ ...about, note: `${CONNECTIONS} connections` }, samples, handWritten.name),
    { measure: 'intake at saturation, ack p50', value: percentile(latenciesMs, 0.5), unit: 'ms' },
    { measure: 'intake at saturation, ack p95', value: percentile(latenciesMs, 0.95), unit: 'ms' },
    { measure: 'intake at saturation, ack p99', value: percentile(latenciesMs, 0.99), unit: 'ms' },
  ];
}
