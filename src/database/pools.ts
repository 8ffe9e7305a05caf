import { Client, Pool, type PoolConfig } from 'pg';
import { poolSizes } from './pool-sizes.js';

/** The hand-written statements' connections: intake never waits behind the relay or a settle. */
export class Pools {
  readonly intake: Pool;
  readonly work: Pool;

  /** `onError` hears of idle connections that broke; the pool replaces them by itself. */
  constructor(
    private readonly url: string,
    max: number,
    onError: (error: Error) => void,
  ) {
    const sizes = poolSizes(max);
    // Intake answers within 2 s: a connection it cannot have by then is of no use to it.
    // And one whose server has vanished without a word is given up soon, or intake would stay shut after it is back.
    this.intake = new Pool({
      ...connectionOptions(url, 'intake'),
      max: sizes.intake,
      connectionTimeoutMillis: 2_000,
      query_timeout: 10_000,
    });
    // Every statement here looks rows up by key. Left to guess how many a claim finds beside a million waiting ones, the
    // planner may hash the whole delivery table; without these two it can only follow the indexes.
    const options = '-c enable_hashjoin=off -c enable_mergejoin=off';
    this.work = new Pool({ ...connectionOptions(url, 'work'), max: sizes.work, options });
    for (const pool of [this.intake, this.work]) pool.on('error', onError);
  }

  /** A connection of its own for work that may take minutes; `end()` it. */
  async dedicated(use: string): Promise<Client> {
    const limit = { statement_timeout: 600_000, query_timeout: 610_000 };
    const client = new Client({ ...connectionOptions(this.url, use), ...limit });
    await client.connect();
    return client;
  }

  /** Waits for queries under way, then closes. */
  async end(): Promise<void> {
    await Promise.all([this.intake.end(), this.work.end()]);
  }
}

/** Timeouts that every connection of ours has: no statement and no dead peer may hold a slot forever. */
export function connectionOptions(url: string, use: string): PoolConfig {
  return {
    connectionString: url,
    application_name: `hookyard ${use}`,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    query_timeout: 35_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

const OUR_SCHEMA = 'hookyard';

/**
 * The same for connections that the application's own modules use. Postgres looks for a table in the schema named like the
 * role first; of a role named `hookyard`, as the embedded database has, that would be our schema: the application's `event`
 * would be ours. A `search_path` in the URL's own `options` wins.
 */
export function applicationOptions(url: string, use: string): PoolConfig {
  const options = connectionOptions(url, use);
  return URL.parse(url)?.username === OUR_SCHEMA ? { ...options, options: '-c search_path=public' } : options;
}
