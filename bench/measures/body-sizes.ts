import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { router } from '../subjects.js';
import type { Figure } from '../table.js';

const SIZES = [
  { name: '1 KB', bytes: 1_000, connections: 32 },
  { name: '20 KB', bytes: 20_000, connections: 32 },
  { name: '1 MB', bytes: 1_000_000, connections: 8 },
];

/** Intake at saturation by the size of the body. */
export async function bodySizes({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, bytes, connections } of SIZES) {
    const running = await router.start('intake', { databaseUrl: await server.createDatabase(), target: receiver.url });
    try {
      const url = `${running.url}/webhooks/stripe`;
      await sendSigned(url, { connections, seconds: 1, bodyBytes: bytes });
      const { statuses, seconds } = await sendSigned(url, { connections, seconds: effort.seconds, bodyBytes: bytes });
      const stored = statuses.get(200) ?? 0;
      const note = `${((stored * bytes) / seconds / 1e6).toFixed(1)} MB/s, ${connections} connections`;
      figures.push({ measure: `intake, bodies of ${name}`, value: stored / seconds, unit: 'req/s', note });
    } finally {
      await running.stop();
    }
  }
  return figures;
}
