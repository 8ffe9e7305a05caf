import { createPostgresBackend, setDefaultBackendFactory, type ConnectionOptions } from 'bullmq';
import { poolSizes } from '../database/pool-sizes.js';
import { connectionOptions } from '../database/pools.js';

/** What `BullModule.forRoot` needs. */
export interface QueueConnection {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
}

/**
 * Where the queue lives: on Redis when there is a URL, else on Postgres. Must be called before Nest builds its modules, because
 * BullMQ's backend is chosen process-wide. `installationId` keeps two installations on one Redis apart.
 */
export function queueConnection(
  redisUrl: string | undefined,
  databaseUrl: string,
  poolMax: number,
  installationId: string,
): QueueConnection {
  const prefix = `hookyard-${installationId}`;
  if (redisUrl !== undefined) {
    setDefaultBackendFactory(undefined);
    return { connection: { url: redisUrl, maxRetriesPerRequest: null, connectTimeout: 5_000 }, prefix };
  }
  setDefaultBackendFactory(createPostgresBackend);
  // The queue and the worker each build a pool of this size, and one LISTEN connection more.
  const max = Math.max(1, Math.floor(poolSizes(poolMax).queue / 2));
  // Jobs are only wake-ups: those that a crash of Postgres takes with it, their batches' leases bring back. So the queue's
  // own connections need not wait for the disk; ours always do.
  const options = { ...connectionOptions(databaseUrl, 'queue'), max, options: '-c synchronous_commit=off' };
  return { connection: options as unknown as ConnectionOptions, prefix };
}
