import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';

/** A database of a test file's own, empty; and a pool to look into it. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Ends everybody's connections and drops it. */
  drop(): Promise<void>;
}

/** Makes one in the Postgres that the test run started. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const base = process.env['TEST_POSTGRES_URL'];
  if (!base) throw new Error('TEST_POSTGRES_URL is not set: run through jest, whose global set-up starts Postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withAdmin(base, (admin) => admin.query(`CREATE DATABASE ${name}`));
  const url = new URL(base);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 4 });
  pool.on('error', () => undefined);
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end();
      await withAdmin(base, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

async function withAdmin(url: string, run: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ connectionString: url });
  await admin.connect();
  try {
    await run(admin);
  } finally {
    await admin.end();
  }
}
