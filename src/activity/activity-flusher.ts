import { Injectable } from '@nestjs/common';
import { EventLog } from '../telemetry/event-log.js';
import { ActivityStore } from './activity.store.js';

const FLUSH_EVERY_MS = 15_000;

/** Writes what was counted every 15 s, which is what a killed process loses of its counts. */
@Injectable()
export class ActivityFlusher {
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly store: ActivityStore,
    private readonly events: EventLog,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS).unref();
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flushing;
    await this.flush();
  }

  /** One at a time. Never rejects: what the database did not take is written with the next. */
  async flush(): Promise<void> {
    this.flushing ??= this.write().finally(() => (this.flushing = undefined));
    await this.flushing;
  }

  private async write(): Promise<void> {
    const taken = this.events.activity.take();
    if (taken.length === 0) return;
    try {
      await this.store.add(taken);
    } catch (error) {
      this.events.activity.giveBack(taken);
      this.events.log.debug({ error: (error as Error).message }, 'activity not written');
    }
  }
}
