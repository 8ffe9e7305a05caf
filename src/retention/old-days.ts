import type { ClientBase } from 'pg';
import { sqlState } from '../database/sql-errors.js';
import { deadMsOf, isOpen } from './open-deliveries.js';
import type { RetentionPolicy } from '../config/config.js';

/** A table partitioned by day, and what of an old day is still needed: a query of its rows' `ctid`s, with `$1` as in `isOpen`. */
interface DailyTable {
  readonly name: 'body' | 'attempt';
  readonly needed: (partition: string, day: string) => string;
}

const TABLES: readonly DailyTable[] = [
  {
    name: 'body',
    needed: (partition, day) => `
      SELECT b.ctid FROM hookyard.${partition} b WHERE b.id IN (
        SELECT e.body_id FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id
        WHERE ${isOpen(1)} AND e.body_day = '${day}')`,
  },
  {
    name: 'attempt',
    needed: (partition) => `
      SELECT a.ctid FROM hookyard.${partition} a
      JOIN hookyard.delivery d ON d.id = a.delivery_id WHERE ${isOpen(1)}`,
  },
];

/** What `dropOldDays` did. */
export interface DroppedDays {
  /** Partitions gone, or made anew of what is still needed. */
  readonly dropped: number;
  /** Rows of them that stay, because their deliveries are not finished. */
  readonly kept: number;
  /** Partitions left for the next time, because somebody reads the table. */
  readonly busy: number;
}

/**
 * A partition is exchanged under a lock that every insert waits for; while it waits itself for a reader (a `pg_dump` reads for
 * hours), every insert waits behind it. So it does not wait long.
 */
const LOCK_WITHIN_MS = 500;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available. */
const NO_LOCK = '55P03';
/** A day of which something was kept is looked at again after so long. */
const LOOK_AGAIN_AFTER_MS = 86_400_000;
const KEPT = 'kept for open deliveries, looked at ';

/**
 * Drops the days that are over. What open deliveries of such a day still need is copied to a new partition first, which then
 * takes the old one's place: nobody reads a table without it. The client should have no statement timeout.
 */
export async function dropOldDays(client: ClientBase, policy: RetentionPolicy): Promise<DroppedDays> {
  const sum = { dropped: 0, kept: 0, busy: 0 };
  for (const table of TABLES) {
    const keepMs = table.name === 'body' ? policy.bodiesMs : policy.attemptsMs;
    for (const partition of await oldPartitions(client, table.name, keepMs)) {
      const outcome = await exchange(client, table, partition, policy);
      if (outcome === 'busy') sum.busy += 1;
      else {
        sum.dropped += 1;
        sum.kept += outcome;
      }
    }
    await clearDefault(client, table, keepMs, policy);
  }
  return sum;
}

/** Rows of old days that went to the default partition, because theirs was not made in time. There are few, if any. */
async function clearDefault(
  client: ClientBase,
  { name, needed }: DailyTable,
  keepMs: number,
  policy: RetentionPolicy,
): Promise<void> {
  const partition = `${name}_default`;
  const { rows } = await client.query<{ day: string }>(
    `SELECT DISTINCT day::text AS day FROM hookyard.${partition} WHERE ${isOver('day', '$1')}`,
    [keepMs],
  );
  for (const { day } of rows) {
    await client.query(
      `DELETE FROM hookyard.${partition} old WHERE day = '${day}' AND old.ctid NOT IN (${needed(partition, day)})`,
      [deadMsOf(policy)],
    );
  }
}

/** SQL: the day's last hour is older than so many milliseconds. */
function isOver(day: string, keepMs: string): string {
  return `${day} + 1 <= ((statement_timestamp() - ${keepMs}::float8 * interval '1 ms') AT TIME ZONE 'UTC')::date`;
}

/** Days whose last hour is older than that, oldest first; by the database's clock. */
async function oldPartitions(client: ClientBase, table: string, keepMs: number): Promise<string[]> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    `SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment
     FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = to_regclass('hookyard.' || $1) AND c.relname ~ ('^' || $1 || '_[0-9]{8}$')
       AND ${isOver("to_date(right(c.relname, 8), 'YYYYMMDD')", '$2')}
     ORDER BY c.relname`,
    [table, keepMs],
  );
  const isDue = (comment: string | null): boolean =>
    !comment?.startsWith(KEPT) || Date.now() - Date.parse(comment.slice(KEPT.length)) > LOOK_AGAIN_AFTER_MS;
  return rows.filter(({ comment }) => isDue(comment)).map(({ name }) => name);
}

async function exchange(
  client: ClientBase,
  { name, needed }: DailyTable,
  partition: string,
  policy: RetentionPolicy,
): Promise<number | 'busy'> {
  const day = `${partition.slice(-8, -4)}-${partition.slice(-4, -2)}-${partition.slice(-2)}`;
  const fresh = `${partition}_kept`;
  await client.query(`DROP TABLE IF EXISTS hookyard.${fresh}`);
  await client.query(`CREATE TABLE hookyard.${fresh} (LIKE hookyard.${name} INCLUDING ALL)`);
  const { rowCount } = await client.query(
    `INSERT INTO hookyard.${fresh} SELECT old.* FROM hookyard.${partition} old WHERE old.ctid IN (${needed(partition, day)})`,
    [deadMsOf(policy)],
  );
  const kept = rowCount ?? 0;
  const until = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
  // Proves its bounds beforehand: attaching it then reads no row.
  await client.query(
    `ALTER TABLE hookyard.${fresh} ADD CONSTRAINT ${fresh}_day_check CHECK (day IS NOT NULL AND day >= '${day}' AND day < '${until}')`,
  );
  try {
    await client.query(
      [
        'BEGIN',
        `SET LOCAL lock_timeout = ${LOCK_WITHIN_MS}`,
        `ALTER TABLE hookyard.${name} DETACH PARTITION hookyard.${partition}`,
        `DROP TABLE hookyard.${partition}`,
        ...(kept === 0
          ? [`DROP TABLE hookyard.${fresh}`]
          : [
              `ALTER TABLE hookyard.${fresh} RENAME TO ${partition}`,
              `ALTER TABLE hookyard.${name} ATTACH PARTITION hookyard.${partition} FOR VALUES FROM ('${day}') TO ('${until}')`,
              `ALTER TABLE hookyard.${partition} DROP CONSTRAINT ${fresh}_day_check`,
              `COMMENT ON TABLE hookyard.${partition} IS '${KEPT}${new Date().toISOString()}'`,
            ]),
        'COMMIT',
      ].join('; '),
    );
    return kept;
  } catch (error) {
    await client.query('ROLLBACK');
    await client.query(`DROP TABLE IF EXISTS hookyard.${fresh}`);
    if (sqlState(error) === NO_LOCK) return 'busy';
    throw error;
  }
}
