import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';

/** One handler's connection and transaction. */
export interface HandlerConnection {
  readonly queryRunner: QueryRunner;
  readonly client: PoolClient;
  /** Gives the connection back to the pool. */
  readonly release: () => Promise<void>;
  /** Closes it: whatever the handler still sends through it fails, and the server rolls back. */
  readonly destroy: () => Promise<void>;
}

/**
 * The connections that handlers run on: a pool of their own, which knows the same entities as the application's. A handler that
 * holds its transaction for long takes nothing from the API, and the pool's size bounds how many run at once.
 */
@Injectable()
export class HandlerDatabase implements OnApplicationShutdown {
  private dataSource: DataSource | undefined;

  constructor(
    private readonly application: DataSource,
    readonly size: number,
  ) {}

  /** Opens the pool, with every entity that the application's modules registered. */
  async start(): Promise<void> {
    const options = this.application.options as PostgresDataSourceOptions;
    this.dataSource = await new DataSource({
      ...options,
      entities: this.application.entityMetadatas.map(({ target }) => target),
      migrations: [],
      poolSize: this.size,
      // A handler's own timeout bounds its queries, and that may be longer than the limit of other connections.
      extra: { ...(options.extra as object), application_name: 'hookyard handlers', query_timeout: 0 },
    }).initialize();
  }

  async connect(): Promise<HandlerConnection> {
    if (!this.dataSource) throw new Error('the handlers’ database is not started');
    const queryRunner = this.dataSource.createQueryRunner();
    const client = (await queryRunner.connect()) as PoolClient;
    return {
      queryRunner,
      client,
      release: async () => {
        unseal(queryRunner);
        await queryRunner.release();
      },
      destroy: async () => {
        unseal(queryRunner);
        // pg closes a client that is released with an error; TypeORM's plain `release` would put it back into the pool.
        await (queryRunner as unknown as Destroyable).releasePostgresConnection(new Error('handler gave up'));
      },
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource?.destroy();
  }
}

interface Destroyable {
  isReleased: boolean;
  releasePostgresConnection(error: Error): Promise<void>;
}

/**
 * From here on the handler can no longer write: a query it forgot to await would otherwise be sent behind our COMMIT and
 * take effect by itself.
 */
export function seal(queryRunner: QueryRunner): void {
  (queryRunner as unknown as Destroyable).isReleased = true;
}

function unseal(queryRunner: QueryRunner): void {
  (queryRunner as unknown as Destroyable).isReleased = false;
}
