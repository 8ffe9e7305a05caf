import type { Pool } from 'pg';
import type { RunSql } from '../../src/operations/api-database.js';
import { idAt } from '../../src/operations/lists/time-range.js';
import { ensureSearchPartitions } from '../../src/operations/search/search-partitions.js';

/**
 * Fills the tables as months of work would, in seconds: `count` events and a delivery each, spread over the last `hours`, with ids
 * that sort by time as real ones do. Every 1,000th event has type `rare.thing`, subject `sub_rare` and tenant `acme`; every 1,000th
 * delivery is dead, every 2,000th goes to the destination `quiet`. As rare are events that nobody verified, or that may be replays. The
 * search tables are filled too; bodies there are none.
 */
export async function fillWithMany(pool: Pool, count: number, hours: number): Promise<void> {
  await pool.query(
    `INSERT INTO hookyard.destination (name, kind, settings, secrets_sealed)
     VALUES ('busy', 'http', '{}', ''), ('quiet', 'http', '{}', '') ON CONFLICT DO NOTHING`,
  );
  await pool.query(
    `WITH made AS (
       SELECT n, now() - make_interval(secs => $2 * 3600.0 * ($1 - n) / $1) AS at FROM generate_series(1, $1) n
     ), sorted AS (
       SELECT n, at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0')
         || '8' || lpad(to_hex(n), 15, '0'))::uuid AS id FROM made
     ), events AS (
       INSERT INTO hookyard.event (id, source_id, external_id, type, subject, tenant, received_at, headers, signature_headers,
         body_sha256, body_format, body_day, body_id, body_length, refusal, suspected_replay_of)
       SELECT id, (SELECT min(s.id) FROM hookyard.source s), 'many_' || n,
         CASE WHEN n % 1000 = 0 THEN 'rare.thing' ELSE 'invoice.paid' END,
         CASE WHEN n % 1000 = 0 THEN 'sub_rare' ELSE 'sub_' || n % 5000 END,
         CASE WHEN n % 1000 = 0 THEN 'acme' END,
         at, '{}', '{}', '', 'json', at::date, id, 0, CASE WHEN n % 1000 = 2 THEN 'mismatch' END, CASE WHEN n % 1000 = 3 THEN id END
       FROM sorted
     )
     INSERT INTO hookyard.delivery (id, event_id, destination_id, status, attempts, last_status_code, created_at, settled_at)
     SELECT sorted.id, sorted.id, d.id, CASE WHEN n % 1000 = 1 THEN 'dead' ELSE 'delivered' END,
       CASE WHEN n % 1000 = 1 THEN 9 ELSE 1 END, CASE WHEN n % 1000 = 1 THEN 503 ELSE 200 END, at, at
     FROM sorted JOIN hookyard.destination d ON d.name = CASE WHEN n % 2000 = 0 THEN 'quiet' ELSE 'busy' END`,
    [count, hours],
  );
  const ids = await pool.query<{ id: string }>(
    `SELECT DISTINCT ON (received_at::date) id FROM hookyard.event ORDER BY received_at::date, id`,
  );
  const run: RunSql = async <Row>(sql: string, values: readonly unknown[] = []) =>
    (await pool.query(sql, [...values])).rows as Row[];
  const days = [...ids.rows.map(({ id }) => id), idAt(Date.now() - hours * 3_600_000), idAt(Date.now())];
  for (const feed of ['event', 'delivery'] as const) await ensureSearchPartitions(run, feed, days);
  await pool.query(
    `INSERT INTO hookyard.event_search SELECT id, source_id, type, subject, tenant,
       jsonb_build_object('kind', CASE WHEN type = 'rare.thing' THEN 'rare' ELSE 'common' END, 'name', external_id)
     FROM hookyard.event ON CONFLICT (id) DO UPDATE SET document = excluded.document`,
  );
  await pool.query(
    `INSERT INTO hookyard.event_type SELECT DISTINCT type, current_date FROM hookyard.event_search
     ON CONFLICT DO NOTHING`,
  );
  await pool.query(
    `INSERT INTO hookyard.delivery_search SELECT id, destination_id FROM hookyard.delivery ON CONFLICT DO NOTHING`,
  );
  for (const table of ['event_search', 'delivery_search']) await pool.query(`VACUUM ANALYZE hookyard.${table}`);
  await pool.query('VACUUM ANALYZE hookyard.event');
  await pool.query('VACUUM ANALYZE hookyard.delivery');
}
