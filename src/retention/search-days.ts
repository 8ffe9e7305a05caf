import type { ClientBase } from 'pg';
import { sqlState } from '../database/sql-errors.js';
import type { RetentionPolicy } from '../config/config.js';

/** As in old-days.ts: while a drop waits for a reader, everybody waits behind it. */
const LOCK_WITHIN_MS = 500;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available. */
const NO_LOCK = '55P03';
const CLEARED = 'documents cleared';
/** The partitions of a search table; $1: `event` or `delivery`. */
const DAYS = `SELECT c.relname AS name, to_date(right(c.relname, 8), 'YYYYMMDD') AS day, obj_description(c.oid, 'pg_class') AS comment
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = to_regclass('hookyard.' || $1 || '_search') AND c.relname ~ ('^' || $1 || '_search_[0-9]{8}$')`;

/** What `clearSearch` did: partitions gone, and left for the next time because somebody reads them. */
export interface ClearedSearch {
  readonly dropped: number;
  readonly busy: number;
}

interface SearchDay {
  readonly name: string;
  readonly is_cleared: boolean;
  readonly is_body_over: boolean;
  readonly is_event_over: boolean;
}

/**
 * What lists search goes with what it was copied from: the text of bodies when their days are over, rows when their events or
 * deliveries are forgotten, and the day's partition when all are. After `forgetEvents`; the client should have no statement timeout.
 */
export async function clearSearch(client: ClientBase, policy: RetentionPolicy): Promise<ClearedSearch> {
  const sum = { dropped: 0, busy: 0 };
  for (const table of ['event', 'delivery'] as const) {
    for (const day of await searchDays(client, table, policy)) {
      const outcome = await clearDay(client, table, day);
      if (outcome !== 'kept') sum[outcome] += 1;
    }
  }
  // A type that was last seen before the first day that is left has no row to be found.
  await client.query(`DELETE FROM hookyard.event_type WHERE last_day < (SELECT min(day) FROM (${DAYS}) days)`, [
    'event',
  ]);
  return sum;
}

async function clearDay(
  client: ClientBase,
  table: 'event' | 'delivery',
  { name, is_body_over: isBodyOver, is_event_over: isEventOver, is_cleared: isCleared }: SearchDay,
): Promise<'dropped' | 'busy' | 'kept'> {
  if (table === 'event' && isBodyOver && !isCleared) {
    await client.query(`UPDATE hookyard.${name} SET document = NULL WHERE document IS NOT NULL`);
    await client.query(`COMMENT ON TABLE hookyard.${name} IS '${CLEARED}'`);
  }
  if (!isEventOver) return 'kept';
  await client.query(
    `DELETE FROM hookyard.${name} s WHERE NOT EXISTS (
       SELECT 1 FROM hookyard.${table} t WHERE t.id = s.id
         AND t.id >= (SELECT id FROM hookyard.${name} ORDER BY id LIMIT 1)
         AND t.id <= (SELECT id FROM hookyard.${name} ORDER BY id DESC LIMIT 1))`,
  );
  const { rows } = await client.query(`SELECT 1 FROM hookyard.${name} LIMIT 1`);
  if (rows.length > 0) return 'kept';
  try {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_WITHIN_MS}; DROP TABLE hookyard.${name}; COMMIT`);
    return 'dropped';
  } catch (error) {
    await client.query('ROLLBACK');
    if (sqlState(error) === NO_LOCK) return 'busy';
    throw error;
  }
}

/** Days of a search table that are over in one way or the other, by the database's clock. */
async function searchDays(client: ClientBase, table: string, policy: RetentionPolicy): Promise<SearchDay[]> {
  const isOver = (keepMs: string): string =>
    `day + 1 <= ((statement_timestamp() - ${keepMs}::float8 * interval '1 ms') AT TIME ZONE 'UTC')::date`;
  const { rows } = await client.query<SearchDay>(
    `SELECT name, coalesce(comment = $4, false) AS is_cleared, ${isOver('$2')} AS is_body_over,
       ${isOver('$3')} AS is_event_over
     FROM (${DAYS}) days
     WHERE ${isOver('$2')} OR ${isOver('$3')} ORDER BY name`,
    [table, policy.bodiesMs, policy.eventsMs, CLEARED],
  );
  return rows;
}
