/**
 * The baseline "one job per delivery": the router's own tables, but each due delivery becomes a BullMQ job of its own, read,
 * sent, signed and settled alone. What batches, shared commits and gates are worth shows beside it. Delivers only; the router
 * takes the webhooks in. Environment: DATABASE_URL, REDIS_URL (optional), TARGET.
 */
import { createPostgresBackend, Queue, setDefaultBackendFactory, Worker, type ConnectionOptions } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { SIGNING_SECRET } from '../secrets.js';

const CHUNK = 500;
const CONCURRENCY = 20;
const databaseUrl = process.env['DATABASE_URL'] ?? '';
const redisUrl = process.env['REDIS_URL'];
const target = process.env['TARGET'] ?? '';

setDefaultBackendFactory(redisUrl ? undefined : createPostgresBackend);
const connection = redisUrl
  ? { url: redisUrl, maxRetriesPerRequest: null }
  : ({ connectionString: databaseUrl, max: 10 } as unknown as ConnectionOptions);
const pool = new Pool({ connectionString: databaseUrl, max: 20 });
const agent = new Agent({ connections: CONCURRENCY });
const signer = new Webhook(SIGNING_SECRET);
const queue = new Queue<{ id: string }>('single-deliveries', { connection });

const worker = new Worker<{ id: string }>(
  'single-deliveries',
  async ({ data }) => {
    const { rows } = await pool.query<{ event_id: string; type: string; bytes: Buffer }>(
      `SELECT d.event_id, e.type, b.bytes FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id
       JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id WHERE d.id = $1 AND d.status = 'claimed'`,
      [data.id],
    );
    const [row] = rows;
    if (!row) return;
    const body = JSON.stringify({
      specversion: '1.0',
      id: row.event_id,
      type: row.type,
      data: JSON.parse(row.bytes.toString()),
    });
    const now = new Date();
    const response = await request(target, {
      method: 'POST',
      dispatcher: agent,
      body,
      headers: {
        'content-type': 'application/cloudevents+json',
        'webhook-id': row.event_id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': signer.sign(row.event_id, now, body),
      },
    });
    await response.body.dump();
    await pool.query(
      `WITH settled AS (UPDATE hookyard.delivery SET status = 'delivered', attempts = attempts + 1, settled_at = now(),
         last_status_code = $2 WHERE id = $1)
       INSERT INTO hookyard.attempt (day, delivery_id, number, started_at, duration_ms, outcome, status_code, runner)
       VALUES (current_date, $1, 1, $3, 1, 'delivered', $2, 'baseline')`,
      [data.id, response.statusCode, now],
    );
  },
  { connection, concurrency: CONCURRENCY, autorun: false },
);
worker.on('error', (error) => console.error(error.message));
void worker.run();

let stopping = false;
process.once('SIGTERM', () => (stopping = true));
console.log(JSON.stringify({ event: 'ready', url: '' }));
while (!stopping) {
  const { rows } = await pool.query<{ id: string }>(
    `UPDATE hookyard.delivery SET status = 'claimed' WHERE id IN (SELECT id FROM hookyard.delivery WHERE status = 'pending'
       AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED) RETURNING id`,
  );
  const jobs = rows.map(({ id }) => ({
    name: 'delivery',
    data: { id },
    opts: { jobId: `d_${id}`, removeOnComplete: true },
  }));
  if (jobs.length > 0) await queue.addBulk(jobs);
  else await sleep(20);
}
await worker.close();
await queue.close();
await agent.close();
await pool.end();
