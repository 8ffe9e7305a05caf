import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { DEFAULT_RETENTION } from '../../src/config/retention-schema.js';
import { migrate } from '../../src/database/migrate.js';
import { Pools } from '../../src/database/pools.js';
import { insertReplays } from '../../src/replay/insert-replays.js';
import type { RunSql } from '../../src/operations/api-database.js';
import { ensureSearchPartitions } from '../../src/operations/search/search-partitions.js';
import { Retention } from '../../src/retention/retention.js';
import { EventLog } from '../../src/telemetry/event-log.js';
import type { Log } from '../../src/telemetry/log.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const DAY_MS = 86_400_000;
const OPEN = ['pending', 'held', 'dead'] as const;

describe('retention', () => {
  let database: TestDatabase;
  let pools: Pools;
  const lines: Record<string, unknown>[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
    pools = new Pools(database.url, 8, () => undefined);
  });
  afterAll(async () => {
    await pools.end();
    await database.drop();
  });

  const sweep = (policy: Partial<typeof DEFAULT_RETENTION> = {}): Promise<void> => {
    const log = { info: (line: Record<string, unknown>) => lines.push(line) } as unknown as Log;
    return new Retention({ ...DEFAULT_RETENTION, ...policy }, pools, new EventLog(log)).sweep();
  };
  const dayOf = (ageDays: number): string => new Date(Date.now() - ageDays * DAY_MS).toISOString().slice(0, 10);
  const one = async <T>(sql: string, values: unknown[] = []): Promise<T> =>
    (await database.pool.query<{ value: T }>(sql, values)).rows[0]?.value as T;
  const partitions = async (table: string): Promise<string[]> =>
    one<string[]>(
      `SELECT coalesce(array_agg(inhrelid::regclass::text ORDER BY 1), '{}') AS value FROM pg_inherits
       WHERE inhparent = to_regclass('hookyard.' || $1) AND inhrelid::regclass::text NOT LIKE '%default'`,
      [table],
    );
  const stored = (id: string): Promise<number> =>
    one(
      `SELECT (SELECT count(*) FROM hookyard.event WHERE id = $1)::int * 100
         + (SELECT count(*) FROM hookyard.body WHERE id = $1)::int * 10
         + (SELECT count(*) FROM hookyard.attempt a JOIN hookyard.delivery d ON d.id = a.delivery_id WHERE d.event_id = $1)::int AS value`,
      [id],
    );

  /** An event of some days ago with its body, one delivery and one attempt. */
  async function store(ageDays: number, status: string): Promise<string> {
    const day = dayOf(ageDays);
    for (const table of ['body', 'attempt']) {
      const name = `${table}_${day.replaceAll('-', '')}`;
      const bounds = `FROM ('${day}') TO ('${dayOf(ageDays - 1)}')`;
      await database.pool.query(
        `CREATE TABLE IF NOT EXISTS hookyard.${name} PARTITION OF hookyard.${table} FOR VALUES ${bounds}`,
      );
    }
    const id = v7({ msecs: Date.now() - ageDays * DAY_MS });
    const delivery = randomUUID();
    await database.pool.query(
      `INSERT INTO hookyard.event (id, source_id, external_id, type, received_at, headers, signature_headers, body_sha256,
         body_format, body_day, body_id, body_length)
       VALUES ($1::uuid, 1, $1::uuid::text, 't', now() - $2 * interval '1 day', '{}', '{}', sha256('x'), 'json', $3,
         $1::uuid, 1)`,
      [id, ageDays, day],
    );
    await database.pool.query(`INSERT INTO hookyard.body (day, id, bytes) VALUES ($1, $2, 'x')`, [day, id]);
    await database.pool.query(
      `INSERT INTO hookyard.delivery (id, event_id, destination_id, status, held_reason, settled_at)
       VALUES ($1, $2, 1, $3::text, CASE WHEN $3::text = 'held' THEN 'test' END, now() - $4 * interval '1 day')`,
      [delivery, id, status, ageDays],
    );
    await database.pool.query(
      `INSERT INTO hookyard.attempt (day, delivery_id, number, started_at, duration_ms, outcome, runner)
       VALUES ($1, $2, 1, now(), 1, 'failed', 'test')`,
      [day, delivery],
    );
    return id;
  }

  it('drops bodies and attempts of finished deliveries by the day, and keeps their events', async () => {
    const old = await store(31, 'delivered');
    const young = await store(29, 'delivered');
    expect(await stored(old)).toBe(111);
    await sweep();
    expect(await stored(old)).toBe(100);
    expect(await stored(young)).toBe(111);
    expect(await partitions('body')).toEqual([`body_${dayOf(29).replaceAll('-', '')}`]);
    expect(lines.at(-1)).toMatchObject({ event: 'retention.swept', dropped: 2, kept: 0, forgotten: 0 });
  });

  it.each(OPEN)(
    'keeps body, attempts and event of a %s delivery, however old, and only those of its day',
    async (status) => {
      const open = await store(40, status);
      const done = await store(40, 'delivered');
      const ancient = await store(200, status);
      await sweep();
      expect(await stored(open)).toBe(111);
      expect(await stored(done)).toBe(100);
      expect(await stored(ancient)).toBe(111);
      await database.pool.query(`UPDATE hookyard.delivery SET status = 'delivered' WHERE event_id = ANY ($1)`, [
        [open, ancient],
      ]);
      // A day of which something was kept is looked at again a day later.
      await database.pool.query(`DO $$ DECLARE part regclass; BEGIN
      FOR part IN SELECT inhrelid FROM pg_inherits WHERE obj_description(inhrelid, 'pg_class') LIKE 'kept for%' LOOP
        EXECUTE format('COMMENT ON TABLE %s IS %L', part, 'kept for open deliveries, looked at 2020-01-01T00:00:00Z');
      END LOOP; END $$`);
      await sweep();
      expect([await stored(open), await stored(ancient)]).toEqual([100, 0]);
    },
  );

  it('forgets events with all that hangs on them once they are older than that, and a repeat is then new', async () => {
    const old = await store(91, 'delivered');
    await database.pool.query(`INSERT INTO hookyard.event_conflict (event_id, body_sha256) VALUES ($1, sha256('y'))`, [
      old,
    ]);
    const young = await store(89, 'delivered');
    await sweep();
    expect([await stored(old), await stored(young)]).toEqual([0, 100]);
    expect(await one('SELECT count(*)::int AS value FROM hookyard.delivery WHERE event_id = $1', [old])).toBe(0);
    expect(await one('SELECT count(*)::int AS value FROM hookyard.event_conflict WHERE event_id = $1', [old])).toBe(0);
  });

  it('forgets dead letters only when asked, from when they died', async () => {
    const dead = await store(120, 'dead');
    await sweep();
    expect(await stored(dead)).toBe(111);
    await sweep({ deadMs: 130 * DAY_MS });
    expect(await stored(dead)).toBe(111);
    await sweep({ deadMs: 110 * DAY_MS });
    expect(await one('SELECT count(*)::int AS value FROM hookyard.event WHERE id = $1', [dead])).toBe(0);
  });

  it('keeps what a person retries at the moment at which it would be forgotten', async () => {
    const dead = await store(121, 'dead');
    const person = await database.pool.connect();
    try {
      await person.query('BEGIN');
      await person.query(`UPDATE hookyard.delivery SET status = 'pending', settled_at = NULL WHERE event_id = $1`, [
        dead,
      ]);
      const sweeping = sweep({ deadMs: 100 * DAY_MS });
      await until('it waits for the row', () =>
        one<number | null>(
          `SELECT 1 AS value FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()`,
        ),
      );
      await person.query('COMMIT');
      await sweeping;
    } finally {
      person.release();
    }
    expect(await one('SELECT count(*)::int AS value FROM hookyard.event WHERE id = $1', [dead])).toBe(1);
    expect(await one('SELECT status AS value FROM hookyard.delivery WHERE event_id = $1', [dead])).toBe('pending');
  });

  it('keeps an event that is replayed at that moment', async () => {
    const old = await store(122, 'delivered');
    const { rows } = await database.pool.query<{ id: number }>(
      `INSERT INTO hookyard.destination (name, kind, settings, secrets_sealed) VALUES ('again', 'http', '{}', '') RETURNING id`,
    );
    const targets = [{ destinationId: rows[0]?.id ?? 0, routeId: undefined }];
    const person = await database.pool.connect();
    try {
      await person.query('BEGIN');
      const made = await insertReplays(person, randomUUID(), [{ eventId: old, targets, reading: undefined }], false);
      expect(made).toHaveLength(1);
      await sweep();
      await person.query('COMMIT');
    } finally {
      person.release();
    }
    expect(await one('SELECT count(*)::int AS value FROM hookyard.event WHERE id = $1', [old])).toBe(1);
    await sweep();
    expect(await one('SELECT count(*)::int AS value FROM hookyard.event WHERE id = $1', [old])).toBe(1);
  });

  it('gives way to somebody who reads the table for long, and does it the next time', async () => {
    const old = await store(33, 'delivered');
    const dump = await database.pool.connect();
    try {
      await dump.query('BEGIN; SELECT 1 FROM hookyard.body LIMIT 1');
      await sweep();
      expect(lines.at(-1)).toMatchObject({ busy: 1 });
      // What was under way for it is gone, and intake's table is whole.
      expect((await partitions('body')).filter((name) => name.endsWith('_kept'))).toEqual([]);
      expect(await stored(old)).toBe(110);
    } finally {
      await dump.query('COMMIT');
      dump.release();
    }
    await sweep();
    expect(await stored(old)).toBe(100);
  });

  it('clears the default partition too, where a day had no partition of its own', async () => {
    const open = await store(50, 'pending');
    const done = await store(50, 'delivered');
    await database.pool.query(
      `WITH moved AS (DELETE FROM hookyard.body WHERE id = ANY ($1) RETURNING id, bytes)
       INSERT INTO hookyard.body_default (day, id, bytes) SELECT current_date - 400, id, bytes FROM moved`,
      [[open, done]],
    );
    await database.pool.query(`UPDATE hookyard.event SET body_day = current_date - 400 WHERE id = ANY ($1)`, [
      [open, done],
    ]);
    await sweep();
    expect([await stored(open), await stored(done)]).toEqual([111, 100]);
  });

  it('takes the text of bodies, rows and days out of the tables that lists search, each when its time is over', async () => {
    const searched = async (id: string): Promise<unknown> =>
      one('SELECT to_jsonb(s) -> $2 AS value FROM hookyard.event_search s WHERE id = $1', [id, 'document']);
    const copied = async (ageDays: number, status: string): Promise<string> => {
      const id = await store(ageDays, status);
      const run: RunSql = async <Row>(sql: string, values: readonly unknown[] = []) =>
        (await database.pool.query(sql, [...values])).rows as Row[];
      for (const feed of ['event', 'delivery'] as const) await ensureSearchPartitions(run, feed, [id]);
      await database.pool.query(
        `INSERT INTO hookyard.event_search (id, source_id, type, document) VALUES ($1, 1, 't', '{"secret": 1}')`,
        [id],
      );
      await database.pool.query('INSERT INTO hookyard.delivery_search (id, destination_id) VALUES ($1, 1)', [id]);
      return id;
    };
    const young = await copied(3, 'delivered');
    const bodyOver = await copied(45, 'delivered');
    const open = await copied(150, 'pending');
    const beside = await copied(150, 'delivered');
    const forgotten = await copied(160, 'delivered');
    const types: [string, number][] = [
      ['seen.lately', 3],
      ['still.open', 150],
      ['forgotten', 160],
    ];
    for (const [type, age] of types) {
      await database.pool.query('INSERT INTO hookyard.event_type (type, last_day) VALUES ($1, $2)', [type, dayOf(age)]);
    }
    await sweep();
    expect(await one('SELECT array_agg(type ORDER BY type) AS value FROM hookyard.event_type', [])).toEqual(
      expect.not.arrayContaining(['forgotten']),
    );
    expect(await one('SELECT array_agg(type ORDER BY type) AS value FROM hookyard.event_type', [])).toEqual(
      expect.arrayContaining(['seen.lately', 'still.open']),
    );
    expect(await Promise.all([young, bodyOver, open, beside, forgotten].map(searched))).toEqual([
      { secret: 1 },
      null,
      null,
      undefined,
      undefined,
    ]);
    const days = async (table: string) => (await partitions(table)).map((name) => name.slice(-8)).toSorted();
    const expected = (ages: number[]) => ages.map((age) => dayOf(age).replaceAll('-', '')).toSorted();
    expect(await days('event_search')).toEqual(expected([3, 45, 150]));
    // None of these rows has a delivery: whole days of them go as soon as events of that age may.
    expect(await days('delivery_search')).toEqual(expected([3, 45]));
  });

  it('is done by one process at a time', async () => {
    const old = await store(34, 'delivered');
    const other = await database.pool.connect();
    try {
      await other.query('SELECT pg_advisory_lock(4180713004)');
      await sweep();
      expect(await stored(old)).toBe(111);
    } finally {
      await other.query('SELECT pg_advisory_unlock(4180713004)');
      other.release();
    }
    await Promise.all([sweep(), sweep()]);
    expect(await stored(old)).toBe(100);
  });
});
