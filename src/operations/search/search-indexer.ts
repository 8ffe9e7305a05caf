import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventLog } from '../../telemetry/event-log.js';
import { ApiDatabase, type RunSql } from '../api-database.js';
import { idAt } from '../lists/time-range.js';
import { SEARCH_FEEDS, type SearchFeed } from './search-feeds.js';
import { ensureSearchPartitions, timeOf } from './search-partitions.js';

const EVERY_MS = 1_000;
/** Under load it takes a quarter of the time, and catches up when there is less to do. */
const REST_PER_WORK = 3;
const AFTER_FAILURE_MS = 5_000;
/** A look ahead goes back this far: rows commit a little out of the order of their ids. */
const LOOK_BACK_MS = 5_000;
const SWEEP_EVERY_MS = 30_000;
/**
 * An id is made before its transaction begins, so no snapshot says which ids may still come. But no statement of ours takes longer than
 * 30 s, nor waits longer before; what is older than this, clocks that differ included, is committed or never will be.
 */
const SETTLED_AFTER_MS = 180_000;
const DAY_MS = 86_400_000;
/** Ids from before this are none of ours (Hookyard is younger). */
const FIRST_DAY_MS = Date.UTC(2020, 0, 1);

/**
 * Copies events and deliveries into the tables that lists search, behind intake's back, one process at a time. Looks ahead every second;
 * every half minute it looks over all that has not settled, so that nothing which committed late is missed.
 */
@Injectable()
export class SearchIndexer implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private stopped = false;
  private readonly sweptAt = new Map<string, number>();
  /** Where a sweep that took more than one batch goes on. */
  private readonly sweepAt = new Map<string, number>();

  constructor(
    private readonly database: ApiDatabase,
    private readonly events: EventLog,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
  }

  private schedule(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.working = this.roundAndAgain();
    }, ms).unref();
  }

  private async roundAndAgain(): Promise<void> {
    this.schedule(await this.round());
  }

  /** @returns milliseconds until the next round. */
  private async round(): Promise<number> {
    const startedAt = performance.now();
    try {
      const caughtUp = [];
      for (const feed of SEARCH_FEEDS) caughtUp.push(await this.advance(feed));
      const rest = (performance.now() - startedAt) * REST_PER_WORK;
      return caughtUp.every(Boolean) ? Math.max(EVERY_MS, rest) : rest;
    } catch (error) {
      this.events.log.warn(
        { event: 'search.failed', error: (error as Error).message },
        'search is not brought up to date',
      );
      return AFTER_FAILURE_MS;
    }
  }

  /** Copies one batch. @returns whether there is nothing more to copy now. */
  private advance(feed: SearchFeed): Promise<boolean> {
    return this.database.inTransaction(async (run) => {
      const [progress] = await run<{ tail_id: string; swept_until: Date; now: Date }>(
        `SELECT tail_id, swept_until, clock_timestamp() AS now FROM hookyard.search_progress WHERE feed = $1
         FOR UPDATE SKIP LOCKED`,
        [feed.name],
      );
      if (!progress) return true;
      const now = progress.now.getTime();
      const sweeps = now - (this.sweptAt.get(feed.name) ?? 0) >= SWEEP_EVERY_MS;
      const goOn = sweeps ? this.sweepAt.get(feed.name) : timeOf(progress.tail_id) - LOOK_BACK_MS;
      const from = Math.max(progress.swept_until.getTime(), goOn ?? 0);
      const ids = await missing(run, feed, Math.max(from, FIRST_DAY_MS), now + DAY_MS);
      const last = ids.at(-1);
      if (last !== undefined) {
        await ensureSearchPartitions(run, feed.name, ids);
        await feed.copy(run, ids);
      }
      const isDone = ids.length < feed.batch;
      if (sweeps) {
        if (isDone) this.sweptAt.set(feed.name, now);
        this.sweepAt.set(feed.name, isDone ? 0 : timeOf(last as string));
      }
      // A batch is the lowest that was missing: all below it is in, and what has settled stays so.
      const sweptUntil = Math.min(isDone ? now : timeOf(last as string), now - SETTLED_AFTER_MS);
      if (last !== undefined || sweeps) {
        await run(
          `UPDATE hookyard.search_progress SET tail_id = greatest(tail_id, $2::uuid),
             swept_until = CASE WHEN $3 THEN greatest(swept_until, $4) ELSE swept_until END WHERE feed = $1`,
          [feed.name, last ?? progress.tail_id, sweeps, new Date(sweptUntil)],
        );
      }
      return isDone;
    });
  }
}

/** The lowest ids of a time that are not in the search table yet. */
async function missing(run: RunSql, feed: SearchFeed, fromMs: number, toMs: number): Promise<string[]> {
  const rows = await run<{ id: string }>(
    `SELECT f.id FROM ${feed.table} f WHERE f.id >= $1::uuid AND f.id < $2::uuid
       AND NOT EXISTS (SELECT 1 FROM ${feed.table}_search s WHERE s.id = f.id AND s.id >= $1::uuid AND s.id < $2::uuid)
     ORDER BY f.id LIMIT ${feed.batch}`,
    [idAt(fromMs), idAt(toMs)],
  );
  return rows.map(({ id }) => id);
}
