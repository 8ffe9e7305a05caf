import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../ask.js';
import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { startRouter } from '../subjects.js';
import type { Figure } from '../table.js';

const APPLICATION = 'handler-application.js';
const LONGEST_MS = 300_000;

/** A backlog for a handler that writes a row in its transaction: each is a commit of its own, eight at a time. */
export async function handlers({ server, effort }: Bench): Promise<Figure[]> {
  const databaseUrl = await server.createDatabase();
  await ask(
    databaseUrl,
    'CREATE TABLE public.ledger (event_id text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())',
  );
  const requests = Math.ceil(effort.backlog / 4);
  const start = (role: string) => startRouter({ databaseUrl }, '', { HOOKYARD_ROLE: role }, APPLICATION);
  const feeder = await start('intake');
  await sendSigned(`${feeder.url}/webhooks/stripe`, { connections: 32, seconds: 300, requests });
  await feeder.stop();
  const worker = await start('worker');
  try {
    const until = performance.now() + LONGEST_MS;
    while ((await ask(databaseUrl, 'SELECT count(*) FROM public.ledger')) < requests) {
      if (performance.now() > until) throw new Error('the handler was not called for all');
      await sleep(200);
    }
    const seconds = await ask(databaseUrl, 'SELECT extract(epoch FROM max(at) - min(at)) FROM public.ledger');
    return [{ measure: 'handlers, a transaction each', value: requests / seconds, unit: 'deliveries/s' }];
  } finally {
    await worker.stop();
  }
}
