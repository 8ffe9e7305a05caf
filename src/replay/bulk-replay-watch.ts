import { Injectable } from '@nestjs/common';
import { publicId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import { Relay } from '../queue/relay.js';
import { EventLog } from '../telemetry/event-log.js';
import { BulkChunks } from './bulk-chunks.js';
import type { BulkReplayRow } from './bulk-replay.js';

/** What another process asked for is seen after this at the latest; one that failed or is busy is looked at again. */
const LOOK_EVERY_MS = 1_000;
/** Between two chunks, so that a fast pace leaves the pool's connections to the others. */
const SHORTEST_PAUSE_MS = 5;

/** Keeps bulk replays going: chunk by chunk, those under way taking turns, from wherever the last process left off. */
@Injectable()
export class BulkReplayWatch {
  private isStopped = true;
  private running: Promise<void> | undefined;
  private wakeUp: (() => void) | undefined;
  private woken = false;

  constructor(
    private readonly pools: Pools,
    private readonly chunks: BulkChunks,
    private readonly relay: Relay,
    private readonly events: EventLog,
  ) {}

  start(): void {
    this.isStopped = false;
    this.running = this.run();
  }

  /** Resolves when the chunk under way is committed; the rest waits for the next process. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.wake();
    await this.running;
  }

  /** Somebody asked for a replay, or changed one. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      this.woken = false;
      let waitMs = LOOK_EVERY_MS;
      try {
        const { rows } = await this.pools.work.query<{ id: string }>({
          name: 'find-replays',
          text: `SELECT id FROM hookyard.replay WHERE status = 'running' ORDER BY id`,
        });
        for (const { id } of rows) {
          if (this.isStopped) break;
          waitMs = Math.min(waitMs, await this.advance(id));
        }
      } catch (error) {
        // The database is away, most likely: nothing is lost, the row says where to go on.
        this.events.log.warn({ event: 'replay.failed', error: (error as Error).message }, 'replays wait');
      }
      await this.sleep(Math.max(SHORTEST_PAUSE_MS, waitMs));
    }
  }

  /** One chunk of one replay; gives how long nothing more is to be done. A replay that fails does not hold up the others. */
  private async advance(id: string): Promise<number> {
    try {
      const result = await this.chunks.run(id);
      if (result.outcome === 'busy') return LOOK_EVERY_MS;
      if (result.outcome === 'wait') return result.waitMs;
      if (result.deliveries > 0) this.relay.wake();
      if (result.ended) this.logEnd(result.ended);
      return result.waitMs;
    } catch (error) {
      this.events.log.warn(
        { event: 'replay.failed', replayId: publicId('rpl', id), error: (error as Error).message },
        'a chunk of a replay failed; it is tried again',
      );
      return LOOK_EVERY_MS;
    }
  }

  private logEnd({ id, mode, processed, deliveries, skipped, created_at: from, ended_at: to }: BulkReplayRow): void {
    const durationMs = (to?.getTime() ?? 0) - from.getTime();
    this.events.log.info(
      { event: 'replay.finished', replayId: publicId('rpl', id), mode, processed, deliveries, skipped, durationMs },
      'replay finished',
    );
  }

  private async sleep(ms: number): Promise<void> {
    if (this.woken || this.isStopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = undefined;
  }
}
