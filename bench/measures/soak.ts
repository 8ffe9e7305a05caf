import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { ask } from '../ask.js';
import type { Child } from '../child.js';
import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { median } from '../statistics.js';
import { router } from '../subjects.js';
import { compared, type Figure } from '../table.js';

const PER_SECOND = 200;
const LOOKS = 60;

/** What is looked at, and how to ask the database for it. */
const HOT = `schemaname || '.' || relname IN ('hookyard.delivery_batch', 'hookyard.destination_gate', 'bullmq.job')`;
const DEAD = `SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE ${HOT}`;
const SIZE = `SELECT coalesce(sum(pg_total_relation_size(relid)), 0) / 1024.0 / 1024.0 FROM pg_stat_user_tables WHERE ${HOT}`;
const CONNECTIONS = `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'hookyard%' AND datname = current_database()`;

/** Webhooks at a steady 200/s for long: the last third against the first. What grows here would grow for ever. */
export async function soak({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const place = { databaseUrl: await server.createDatabase(), target: receiver.url };
  const running = await router.start('all', place);
  const looks: Look[] = [];
  try {
    const url = `${running.url}/webhooks/stripe`;
    const warmed = await sendSigned(url, { connections: 32, perSecond: PER_SECOND, seconds: 5 });
    let sent = warmed.requests;
    const gapMs = (effort.soakSeconds * 1000) / LOOKS;
    let isOver = false;
    const load = sendSigned(url, { connections: 32, perSecond: PER_SECOND, seconds: effort.soakSeconds });
    void load.finally(() => (isOver = true)).catch(() => undefined);
    while (!isOver) {
      looks.push(await look(running, place.databaseUrl));
      await sleep(gapMs);
    }
    sent += (await load).requests;
    await receiver.until(sent);
  } finally {
    await running.stop();
  }
  const third = Math.max(1, Math.floor(looks.length / 3));
  const figure = (measure: string, read: (one: Look) => number, unit: string, most?: number): Figure =>
    compared(
      { measure: `${effort.soakSeconds} s at ${PER_SECOND}/s: ${measure}`, unit, ...(most && { bar: { most } }) },
      { a: [median(looks.slice(-third).map(read))], b: [median(looks.slice(0, third).map(read))] },
      'the first third',
    );
  return [
    figure('resident memory', ({ rssMb }) => rssMb, 'MB', 1.3),
    figure('JavaScript heap', ({ heapMb }) => heapMb, 'MB'),
    figure('connections', ({ connections }) => connections, '', 1.2),
    figure('batch, gate and job tables', ({ sizeMb }) => sizeMb, 'MB', 1.5),
    figure('dead rows in them', ({ dead }) => dead, 'rows'),
  ];
}

interface Look {
  readonly rssMb: number;
  readonly heapMb: number;
  readonly connections: number;
  readonly sizeMb: number;
  readonly dead: number;
}

async function look(running: Child, databaseUrl: string): Promise<Look> {
  const { body } = await request(`${running.url}/metrics`);
  const heap = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(await body.text())?.[1];
  return {
    rssMb: running.rssMb(),
    heapMb: Number(heap) / 2 ** 20,
    connections: await ask(databaseUrl, CONNECTIONS),
    sizeMb: await ask(databaseUrl, SIZE),
    dead: await ask(databaseUrl, DEAD),
  };
}
