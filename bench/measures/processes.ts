import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { oneSink, startRouter } from '../subjects.js';
import type { Figure } from '../table.js';

/** The whole path by queue backend, and with taking in and delivering in processes of their own. */
export async function processes({ server, receiver, effort, redisUrl }: Bench): Promise<Figure[]> {
  const backends = [
    { name: 'Postgres', redis: undefined },
    ...(redisUrl === undefined ? [] : [{ name: 'Redis', redis: redisUrl }]),
  ];
  const layouts = [
    { name: 'one process', roles: ['all'] },
    { name: 'api and 1 worker', roles: ['intake,api', 'worker'] },
    { name: 'api and 2 workers', roles: ['intake,api', 'worker', 'worker'] },
  ];
  const figures: Figure[] = [];
  for (const { name: backend, redis } of backends) {
    for (const { name, roles } of layouts) {
      const place = { databaseUrl: await server.createDatabase(), redisUrl: redis };
      const running = [];
      for (const role of roles) running.push(await startRouter(place, oneSink(receiver.url), { HOOKYARD_ROLE: role }));
      try {
        const url = `${running[0]?.url}/webhooks/stripe`;
        const warmed = await sendSigned(url, { connections: 32, seconds: 4 });
        await receiver.until(warmed.requests);
        receiver.reset();
        const startedAtMs = Date.now();
        const { requests } = await sendSigned(url, { connections: 32, seconds: effort.seconds });
        const { count, lastAtMs } = await receiver.until(requests);
        const value = (count * 1000) / (lastAtMs - startedAtMs);
        figures.push({ measure: `whole path, ${name}, queue on ${backend}`, value, unit: 'webhooks/s' });
      } finally {
        await Promise.all(running.map((child) => child.stop()));
        receiver.reset();
      }
    }
  }
  return figures;
}
