import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { EventLog } from '../telemetry/event-log.js';
import { sweepRemoved } from './sweep-removed.js';

const LOOK_EVERY_MS = 5_000;

/** Sees to it that nothing waits for a destination that was removed; runs in every process. */
@Injectable()
export class RemovedWatch {
  private timer: NodeJS.Timeout | undefined;
  private readonly stopped = new AbortController();
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly pools: Pools,
    private readonly events: EventLog,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.stopped.abort();
  }

  /** Looks now; one look at a time. */
  look(): void {
    this.sweeping ??= this.sweep().finally(() => (this.sweeping = undefined));
  }

  private async sweep(): Promise<void> {
    try {
      const deliveries = await sweepRemoved(this.pools.work, this.stopped.signal);
      if (deliveries > 0) {
        this.events.log.warn({ event: 'removed.swept', deliveries }, 'deliveries of removed destinations are dead');
      }
    } catch (error) {
      // It is tried again at the next look.
      this.events.log.warn({ event: 'removed.unswept', error: (error as Error).message }, 'removed destinations wait');
    }
  }
}
