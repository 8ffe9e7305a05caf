import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { clusterPath, DATABASE_NAME, DATABASE_USER, type ConnectionRecord } from '../src/embedded/cluster.js';

/** Looks into the database from outside, with SQL, whether or not a router runs. */
export class PaymentsTable {
  constructor(private readonly dataDir: string) {}

  /** How many rows each payment has. */
  async rowsByReference(): Promise<Map<string, number>> {
    const sql = 'SELECT reference, count(*)::int AS rows FROM payment GROUP BY reference';
    const rows = await this.ask<{ reference: string; rows: number }>(sql);
    return new Map(rows.map((row) => [row.reference, row.rows]));
  }

  /** Deliveries that are neither settled nor dead. */
  async openDeliveries(): Promise<{ pending: number; claimed: number }> {
    const [counts] = await this.ask<{ pending: number; claimed: number }>(
      `SELECT count(*) FILTER (WHERE status = 'pending')::int AS pending,
              count(*) FILTER (WHERE status = 'claimed')::int AS claimed FROM hookyard.delivery`,
    );
    return counts ?? { pending: 0, claimed: 0 };
  }

  /** Tells one run of the server from the next. */
  async serverStartedAt(): Promise<string | undefined> {
    const [row] = await this.ask<{ started: string }>('SELECT pg_postmaster_start_time()::text AS started');
    return row?.started;
  }

  private async ask<Row>(sql: string): Promise<Row[]> {
    const file = join(clusterPath(this.dataDir), 'connection.json');
    const { port, password } = JSON.parse(await readFile(file, 'utf8')) as ConnectionRecord;
    const where = { host: '127.0.0.1', port, user: DATABASE_USER, password, database: DATABASE_NAME, ssl: false };
    const client = new Client({ ...where, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      const { rows } = await client.query(sql);
      return rows as Row[];
    } finally {
      await client.end();
    }
  }
}
