import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { inTurn } from '../statistics.js';
import { router } from '../subjects.js';
import { compared, type Figure } from '../table.js';

const CLIENTS = 16;
const BODY_BYTES = 1_000;

/** What the router writes for one webhook, and nothing else: no HTTP, no signature, no shared commit. */
const INSERT = `
  WITH event AS (
    INSERT INTO hookyard.event (id, source_id, external_id, type, headers, signature_headers, body_sha256, body_format,
      body_day, body_id, body_length)
    VALUES (gen_random_uuid(), 1, gen_random_uuid()::text, 'invoice.paid', '{}', '{}', sha256('x'), 'json',
      current_date, gen_random_uuid(), ${BODY_BYTES})
    RETURNING id, body_day, body_id
  ), body AS (
    INSERT INTO hookyard.body (day, id, bytes) SELECT body_day, body_id, repeat('x', ${BODY_BYTES})::bytea FROM event
  )
  INSERT INTO hookyard.delivery (id, event_id, destination_id, next_attempt_at)
  SELECT gen_random_uuid(), id, 1, now() + interval '1 day' FROM event;`.replaceAll('\n', ' ');

/** Intake against pgbench, which commits the same rows one by one from 16 clients: what the database itself can do. */
export async function bareInsert({ server, receiver, effort }: Bench): Promise<Figure[]> {
  if (spawnSync('pgbench', ['--version']).status !== 0) {
    console.error('  pgbench is not installed: skipped');
    return [];
  }
  const place = { databaseUrl: await server.createDatabase(), target: receiver.url };
  const running = await router.start('intake', place);
  const folder = await mkdtemp(join(tmpdir(), 'hookyard-pgbench-'));
  const file = join(folder, 'insert.sql');
  await writeFile(file, INSERT);
  try {
    const url = `${running.url}/webhooks/stripe`;
    await sendSigned(url, { connections: 32, seconds: 2 });
    const samples = await inTurn(
      effort.rounds,
      async () => {
        const { requests, seconds } = await sendSigned(url, { connections: 32, seconds: effort.seconds });
        return requests / seconds;
      },
      async () => transactionsPerSecond(file, place.databaseUrl, effort.seconds),
    );
    const about = { measure: 'intake at saturation', unit: 'req/s', bar: { least: 0.5 }, reach: { least: 0.8 } };
    return [compared(about, samples, `pgbench, ${CLIENTS} clients`)];
  } finally {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function transactionsPerSecond(file: string, databaseUrl: string, seconds: number): number {
  const options = ['-n', '-f', file, '-c', String(CLIENTS), '-j', '2', '-M', 'prepared', '-T', String(seconds)];
  const { stdout, stderr } = spawnSync('pgbench', [...options, databaseUrl], { encoding: 'utf8' });
  const tps = /tps = ([\d.]+)/.exec(stdout)?.[1];
  if (tps === undefined) throw new Error(`pgbench: ${stderr}`);
  return Number(tps);
}
