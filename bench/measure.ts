import type { BenchServer } from './bench-database.js';
import type { Receiver } from './receiver.js';
import type { Figure } from './table.js';

/** How long and how often: the full run, or the shortened one of every CI. */
export interface Effort {
  /** Of one load. */
  readonly seconds: number;
  /** Turns of A B. */
  readonly rounds: number;
  /** Deliveries of a drained backlog. */
  readonly backlog: number;
  /** Events stored before growth is looked at. */
  readonly history: number;
  /** Requests with a wrong signature. */
  readonly forged: number;
  /** Events replayed. */
  readonly replayed: number;
  /** How long the soak lasts. */
  readonly soakSeconds: number;
}

/** What a measure works with. */
export interface Bench {
  readonly server: BenchServer;
  /** A destination that answers at once. */
  readonly receiver: Receiver;
  readonly effort: Effort;
  /** Unset where there is no redis-server. */
  readonly redisUrl: string | undefined;
}

export type Measure = (bench: Bench) => Promise<Figure[]>;
