import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Pool } from 'pg';
import { EMPTY_SCHEMA, schemaText } from '../../scripts/schema-text.js';
import { migrate, revertLastMigration } from '../../src/database/migrate.js';
import { migrationSource, migrations } from '../../src/database/migration-source.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

describe('the migrations', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeEach(async () => {
    database = await createTestDatabase();
    ({ pool } = database);
  });
  afterEach(() => database.drop());

  it('make on an empty database what migrations/schema.sql says', async () => {
    const ran = await migrate(database.url, false);
    expect(ran).toEqual(migrations.map(({ name }) => name));
    await expectCommittedSchema(pool);
  });

  it('are each taken back to exactly what was there before, down to nothing, and can be made again', async () => {
    await pool.query('CREATE SCHEMA hookyard');
    const before = [EMPTY_SCHEMA];
    for (let count = 1; count <= migrations.length; count += 1) {
      await migrateUpTo(database.url, count);
      before.push(await schemaText(pool));
    }
    // Otherwise a migration that makes nothing would pass with a `down` that takes nothing back.
    expect(new Set(before).size).toBe(migrations.length + 1);
    for (let count = migrations.length - 1; count >= 0; count -= 1) {
      await revertLastMigration(database.url);
      expect({ reverted: migrations[count]?.name, schema: await schemaText(pool) }).toEqual({
        reverted: migrations[count]?.name,
        schema: before[count],
      });
    }
    await migrate(database.url, false);
    await expectCommittedSchema(pool);
  });

  it('run once when two processes start at the same time, and both succeed', async () => {
    const ran = await Promise.all([migrate(database.url, true), migrate(database.url, true)]);
    expect(ran.flat()).toEqual(migrations.map(({ name }) => name));
    await expectCommittedSchema(pool);
  });
});

async function expectCommittedSchema(pool: Pool): Promise<void> {
  const committed = await readFile(new URL('../../migrations/schema.sql', import.meta.url), 'utf8');
  const made = await schemaText(pool);
  const command = made === committed ? undefined : 'npm run schema:dump';
  // Both in one value, so that the failure shows the difference and the command that mends it.
  expect({ schema: made, runThis: command }).toEqual({ schema: committed, runThis: undefined });
}

async function migrateUpTo(url: string, count: number): Promise<void> {
  const source = migrationSource(url).setOptions({ migrations: migrations.slice(0, count) });
  await source.initialize();
  try {
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await source.destroy();
  }
}
