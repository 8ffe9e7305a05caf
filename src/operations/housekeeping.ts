import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventLog } from '../telemetry/event-log.js';
import { IdempotencyStore } from './idempotency/idempotency.store.js';

const EVERY_MS = 10 * 60_000;

/** Deletes what the management API no longer needs: kept answers whose time is over. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly answers: IdempotencyStore,
    private readonly events: EventLog,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.clean(), EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async clean(): Promise<void> {
    await this.answers.removeExpired().catch((error: Error) => {
      this.events.log.warn({ event: 'housekeeping.failed', error: error.message }, 'expired answers not deleted');
    });
  }
}
