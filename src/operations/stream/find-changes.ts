import type { RunSql } from '../api-database.js';
import { idAt } from '../../replay/id-at.js';

/** Ids are made before their rows are written, by another machine's clock; this much they may be apart. */
const CLOCKS_DIFFER_MS = 60_000;
const WRAP = 0xffff_ffffn;
const HALF = 0x8000_0000n;

/** Where and when the database is. */
export interface Now {
  /** Every transaction below it has ended. */
  readonly xid: bigint;
  readonly at: number;
  /** How far back rows may lie that are written now: an attempt is written when it ends, under the time when it began. */
  readonly slackMs: number;
}

/** Rows that may have changed. */
export interface Found {
  readonly events: readonly string[];
  readonly deliveries: readonly string[];
}

/** What is looked at: times before `to`, from `from` on. */
export interface Slice {
  readonly from: number;
  readonly to: number;
}

/** Asks where the database is; what is read after it holds everything below its `xid`. */
export async function readNow(run: RunSql): Promise<Now> {
  const [row] = await run<{ xid: string; at: number; timeout: number }>(
    `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid,
       floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at,
       coalesce((SELECT max((settings -> 'policy' ->> 'timeoutMs')::float8) FROM hookyard.destination WHERE deleted_at IS NULL), 0) AS timeout`,
  );
  if (!row) throw new Error('the database does not say where it is');
  return { xid: BigInt(row.xid), at: row.at, slackMs: CLOCKS_DIFFER_MS + row.timeout };
}

/**
 * SQL: was the row of `alias` written by transaction $3 or a later one? Rows know 32 bits of it, compared in a circle; $4 = true where the circle
 * has turned since, or the position is another database's: then the time alone must do.
 */
const isNew = (alias: string): string =>
  `($4::boolean OR ((${alias}.xmin::text::bigint - $3::bigint) & 4294967295) < 2147483648)`;

/**
 * Looks through a slice of time for events and deliveries written since `xid`; of a delivery's changes those that came with its making, with an
 * attempt, or through the API. @returns `undefined` when there are more than `limit` of one kind.
 */
export async function findChanges(
  run: RunSql,
  { from, to }: Slice,
  since: { readonly xid: bigint; readonly at: number },
  now: Now,
  limit: number,
): Promise<Found | undefined> {
  const forgets = since.xid > now.xid || now.xid - since.xid > HALF;
  const ids = Math.max(from, since.at - CLOCKS_DIFFER_MS);
  const values = [idAt(new Date(ids)), idAt(new Date(to)), String(since.xid & WRAP), forgets];
  const byId = (table: string): Promise<{ id: string }[]> =>
    ids >= to
      ? Promise.resolve([])
      : run(
          `SELECT t.id FROM hookyard.${table} t WHERE t.id >= $1::uuid AND t.id < $2::uuid AND ${isNew('t')} LIMIT ${limit + 1}`,
          values,
        );
  const events = await byId('event');
  const made = await byId('delivery');
  const tried = await run<{ id: string }>(
    `SELECT DISTINCT a.delivery_id AS id FROM hookyard.attempt a
     WHERE a.day >= ($1::timestamptz AT TIME ZONE 'UTC')::date AND a.started_at >= $1::timestamptz AND a.started_at < $2::timestamptz
       AND ${isNew('a')} LIMIT ${limit + 1}`,
    [new Date(from), new Date(to), values[2], forgets],
  );
  // Written before the work is begun: whatever was asked for within the slice may have been done since.
  const asked = await run<{ id: string }>(
    `SELECT DISTINCT m[1]::uuid AS id FROM hookyard.audit t, regexp_match(t.path, '/deliveries/dlv_([0-9a-f]{32})/') AS m
     WHERE t.id >= $1::uuid AND t.id < $2::uuid AND m IS NOT NULL LIMIT ${limit + 1}`,
    [idAt(new Date(from)), idAt(new Date(to))],
  );
  if ([events, made, tried, asked].some((rows) => rows.length > limit)) return undefined;
  return {
    events: events.map(({ id }) => id),
    deliveries: [...new Set([...made, ...tried, ...asked].map(({ id }) => id))],
  };
}

/** The 64 bits of a row's transaction, which is close to `near`. */
export function wholeXid(xid32: string, near: bigint): bigint {
  const apart = (BigInt(xid32) - near) & WRAP;
  return near + (apart < HALF ? apart : apart - WRAP - 1n);
}
