import { ask } from './ask.js';

const CHUNK = 50_000;
const SPREAD_MINUTES = 50;

/**
 * Fills the tables as `count` webhooks taken in over the last 50 minutes and delivered would, with bodies of about 1 KB and ids that
 * sort by time as real ones do. The source and the destination of `oneSink` must be there: start a router once before.
 */
export async function fillHistory(databaseUrl: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += CHUNK) {
    await ask(databaseUrl, FILL, [from + 1, Math.min(count, from + CHUNK), count, SPREAD_MINUTES]);
  }
  await ask(databaseUrl, 'VACUUM ANALYZE hookyard.event');
  await ask(databaseUrl, 'VACUUM ANALYZE hookyard.delivery');
}

const FILL = `
  WITH made AS (
    SELECT n, now() - make_interval(mins => $4::int) * (1 - n::float8 / $3::float8) AS at
    FROM generate_series($1::int, $2::int) n
  ), sorted AS (
    SELECT n, at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0')
      || '8' || lpad(to_hex(n), 15, '0'))::uuid AS id FROM made
  ), bodies AS (
    INSERT INTO hookyard.body (day, id, bytes)
    SELECT (at AT TIME ZONE 'UTC')::date, id,
      convert_to('{"id":"evt_history_' || n || '","type":"invoice.paid","text":"' || repeat('x', 950) || '"}', 'UTF8') FROM sorted
  ), events AS (
    INSERT INTO hookyard.event (id, source_id, external_id, type, received_at, headers, signature_headers, content_type,
      body_sha256, body_format, body_day, body_id, body_length)
    SELECT id, (SELECT min(s.id) FROM hookyard.source s), 'evt_history_' || n, 'invoice.paid', at, '{}', '{}',
      'application/json', sha256('x'), 'json', (at AT TIME ZONE 'UTC')::date, id,
      octet_length('{"id":"evt_history_' || n || '","type":"invoice.paid","text":""}') + 950 FROM sorted
  )
  INSERT INTO hookyard.delivery (id, event_id, destination_id, status, attempts, last_status_code, created_at, settled_at)
  SELECT id, id, (SELECT min(d.id) FROM hookyard.destination d), 'delivered', 1, 200, at, at FROM sorted`;
