import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../src/database/migrate.js';
import { ensurePartitions } from '../../src/database/partitions.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const NOW = new Date('2030-01-01T12:00:00Z');

describe('the partitions', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, false);
  });
  afterAll(() => database.drop());

  const days = async (table: string): Promise<number> => {
    const { rows } = await database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_class WHERE relname LIKE $1 || '\\_20%' AND relkind = 'r'`,
      [table],
    );
    return rows[0]?.n ?? 0;
  };

  it('of a table that a long dump reads are left for the next run, before inserts queue up behind them', async () => {
    const dump = await database.pool.connect();
    const busy: string[] = [];
    try {
      await dump.query('BEGIN; SELECT 1 FROM hookyard.body LIMIT 1');
      const startedAt = performance.now();
      await ensurePartitions(database.pool, (table) => busy.push(table), NOW);
      expect(performance.now() - startedAt).toBeLessThan(3_000);
    } finally {
      await dump.query('COMMIT');
      dump.release();
    }
    expect(busy).toEqual(['body']);
    await ensurePartitions(database.pool, (table) => busy.push(table), NOW);
    expect(busy).toEqual(['body']);
    expect([await days('body'), await days('attempt')]).toEqual([8, 8]);
    // The short patience was for that statement only.
    const { rows } = await database.pool.query<{ lock_timeout: string }>('SHOW lock_timeout');
    expect(rows[0]?.lock_timeout).toBe('0');
  });
});
