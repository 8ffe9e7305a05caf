import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { EventLog } from '../telemetry/event-log.js';
import { releaseHeld } from './release-held.js';
import { TopologyStore } from './topology.store.js';

const LOOK_EVERY_MS = 1_000;
/**
 * After a change of the configuration, and after the start. The first time every process has seen the change; but an event
 * that was being written just then, by a process that had not, can be stored as held much later: hence the second time.
 */
const RELEASE_AFTER_MS = [5_000, 60_000];

/** Releases what sources held, whenever the configuration may have brought them back. */
@Injectable()
export class HeldWatch {
  private timer: NodeJS.Timeout | undefined;
  private readonly stopped = new AbortController();
  private revision: bigint | undefined;
  private changedAt = 0;
  private waits: readonly number[] = [];
  private isReleasing = false;

  constructor(
    private readonly pools: Pools,
    private readonly topology: TopologyStore,
    private readonly events: EventLog,
  ) {}

  /** `wake`: there is something to claim. */
  start(wake: () => void): void {
    this.timer = setInterval(() => void this.look(wake), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.stopped.abort();
  }

  private async look(wake: () => void): Promise<void> {
    const { revision } = this.topology.current;
    if (revision !== this.revision) {
      this.revision = revision;
      this.changedAt = performance.now();
      this.waits = RELEASE_AFTER_MS;
    }
    const [waitMs, ...later] = this.waits;
    if (waitMs === undefined || this.isReleasing || performance.now() - this.changedAt < waitMs) return;
    this.isReleasing = true;
    try {
      let deliveries = 0;
      await releaseHeld(
        this.pools.work,
        (count) => {
          deliveries += count;
          wake();
        },
        this.stopped.signal,
      );
      if (deliveries > 0) this.events.log.info({ event: 'held.released', deliveries }, 'held deliveries go out');
      // A change that came meanwhile has begun the waits anew.
      if (revision === this.revision) this.waits = later;
    } catch (error) {
      // It is tried again at the next look.
      this.events.log.warn({ event: 'held.unreleased', error: (error as Error).message }, 'held deliveries wait');
    } finally {
      this.isReleasing = false;
    }
  }
}
