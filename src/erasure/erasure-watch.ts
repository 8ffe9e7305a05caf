import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { publicId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import { inTransaction } from '../database/transaction.js';
import { EventLog } from '../telemetry/event-log.js';
import { ERASED_AT_ONCE } from './erase-events.js';
import { eraseWhatEnded } from './erase-traces.js';
import type { ErasureRow } from './erasure.js';
import { ErasureChunks } from './erasure-chunks.js';

const LOOK_EVERY_MS = 1_000;
/** Between two chunks, so that intake and delivery have the database too. */
const PAUSE_MS = 20;

/** Keeps erasures going, chunk by chunk, from wherever the last process left off; and looks after what was being sent. */
@Injectable()
export class ErasureWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly pools: Pools,
    private readonly chunks: ErasureChunks,
    private readonly events: EventLog,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(LOOK_EVERY_MS);
  }

  /** Resolves when the chunk under way is committed. */
  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
  }

  /** Somebody asked for an erasure. */
  wake(): void {
    if (this.working === undefined) this.schedule(0);
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.working = this.round().then((waitMs) => {
        this.working = undefined;
        this.schedule(waitMs);
      });
    }, ms).unref();
  }

  /** @returns milliseconds until the next round. */
  private async round(): Promise<number> {
    try {
      await inTransaction(this.pools.work, (client) => eraseWhatEnded(client, ERASED_AT_ONCE));
      const { rows } = await this.pools.work.query<{ id: string }>({
        name: 'find-erasures',
        text: `SELECT id FROM hookyard.erasure WHERE status = 'running' ORDER BY id`,
      });
      let waitMs = LOOK_EVERY_MS;
      for (const { id } of rows) {
        if (this.stopped) break;
        const chunk = await this.chunks.run(id);
        if (chunk.outcome === 'busy') continue;
        waitMs = PAUSE_MS;
        if (chunk.ended) this.logEnd(chunk.ended);
      }
      return waitMs;
    } catch (error) {
      // Nothing is lost: the rows say where to go on.
      this.events.log.warn({ event: 'erasure.failed', error: (error as Error).message }, 'erasing waits');
      return LOOK_EVERY_MS;
    }
  }

  private logEnd({ id, erased, cancelled, rejections, created_at: from, ended_at: to }: ErasureRow): void {
    const durationMs = (to?.getTime() ?? 0) - from.getTime();
    this.events.log.info(
      { event: 'erasure.finished', erasureId: publicId('era', id), erased, cancelled, rejections, durationMs },
      'erasure finished',
    );
  }
}
