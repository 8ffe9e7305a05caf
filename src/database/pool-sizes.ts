/** Connections per process by use. Each use has its own, so that a slow handler or a long list never starves intake. */
export interface PoolSizes {
  readonly intake: number;
  /** Claiming, taking batches, settling. */
  readonly work: number;
  readonly handlers: number;
  /** The management API, health and the application's own repositories. */
  readonly api: number;
  /** BullMQ: queue and worker, when the queue runs on Postgres; both also hold a LISTEN connection outside this number. */
  readonly queue: number;
}

/** The queue and the worker listen on a connection each, outside their pools. */
const LISTENING = 2;

/** The least that works: two statements in flight for intake and settling each, one for everything else. */
export const SMALLEST_POOL_MAX = 12;

/** What a process opens at most. With the queue on Redis, BullMQ's share is not used here. */
export function connectionsNeeded(max: number, isQueueOnPostgres: boolean): number {
  const { intake, work, handlers, api, queue } = poolSizes(max);
  return intake + work + handlers + api + (isQueueOnPostgres ? queue + LISTENING : 0);
}

/** Splits `DATABASE_POOL_MAX` connections. At the default of 30: 3 intake, 7 work, 8 handlers, 6 API, 6 queue. */
export function poolSizes(max: number): PoolSizes {
  const share = (part: number, least: number): number => Math.max(least, Math.floor((max * part) / 30));
  const sizes = { intake: share(3, 2), work: share(7, 3), handlers: share(8, 2), queue: share(6, 2) };
  const used = sizes.intake + sizes.work + sizes.handlers + sizes.queue;
  return { ...sizes, api: Math.max(2, max - used) };
}
