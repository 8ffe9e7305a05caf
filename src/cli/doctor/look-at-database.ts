import { Client, Pool } from 'pg';
import type { Config } from '../../config/config.js';
import { pendingMigrations } from '../../database/migrate.js';
import { connectionsNeeded } from '../../database/pool-sizes.js';
import { connectionOptions } from '../../database/pools.js';
import { failed, ok, skipped, type Finding } from './finding.js';
import { judgeClock, judgeConnections, judgeMigrations, judgePooling, judgeVersion } from './judge.js';

const NEEDS_DATABASE = ['version', 'connections', 'pooling', 'clock', 'migrations'];

/** Whether the database answers, and is one that Hookyard can run on. `config`: where it is known. */
export async function lookAtDatabase(url: string, config: Config | undefined): Promise<Finding[]> {
  const client = new Client({ ...connectionOptions(url, 'doctor'), query_timeout: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const cure =
      code === '28P01' || code === '28000'
        ? 'Correct user and password in DATABASE_URL.'
        : code === '3D000'
          ? 'Create the database that DATABASE_URL names.'
          : 'Start it, or correct host and port in DATABASE_URL; look at firewalls between.';
    const { hostname, port } = new URL(url);
    const where = `${hostname}:${port || '5432'}`;
    return [
      failed('database', `${where} does not let us in: ${code ?? ''} ${message}`.trim(), cure),
      ...NEEDS_DATABASE.map((check) => skipped(check, 'The database cannot be asked.')),
    ];
  }
  try {
    return [ok('database', 'It answers.'), ...(await ask(client, url, config))];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function ask(client: Client, url: string, config: Config | undefined): Promise<Finding[]> {
  const before = Date.now();
  const { rows } = await client.query<{ version: number; connections: number; now: number }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('max_connections')::int AS connections,
       (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
  );
  const [row] = rows;
  if (!row) return [];
  const middle = (before + Date.now()) / 2;
  const pool = new Pool({ ...connectionOptions(url, 'doctor'), max: 1 });
  pool.on('error', () => undefined);
  try {
    return [
      judgeVersion(row.version),
      config
        ? judgeConnections(connectionsNeeded(config.database.poolMax, config.redisUrl === undefined), row.connections)
        : skipped('connections', 'The configuration is not valid.'),
      judgePooling(await keepsSession(client, url)),
      judgeClock(middle - row.now),
      judgeMigrations(await pendingMigrations(pool), config?.migrate ?? 'start'),
    ];
  } finally {
    await pool.end();
  }
}

/** A pooler by transaction gives the server process to the next who asks; so others ask in between, and keep what they get. */
async function keepsSession(client: Client, url: string): Promise<boolean> {
  const pid = async (asked: Client): Promise<number | undefined> =>
    (await asked.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
  const mine = await pid(client);
  const other = new Client({ ...connectionOptions(url, 'doctor'), query_timeout: 5_000 });
  other.on('error', () => undefined);
  try {
    await other.connect();
    await other.query('BEGIN');
    const its = await pid(other);
    return its !== mine && (await pid(client)) === mine;
  } finally {
    await other.end().catch(() => undefined);
  }
}
