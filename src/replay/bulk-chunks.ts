import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { inTransaction } from '../database/transaction.js';
import { TopologyStore } from '../routing/topology.store.js';
import { BULK_REPLAY_COLUMNS, type BulkReplayRow, type SkipReason } from './bulk-replay.js';
import { CHUNK, tokensNow, waitForTokens } from './pace.js';
import { replayChunk } from './replay-chunk.js';
import { Rereader } from './rereader.js';
import { retryChunk, type ChunkDone } from './retry-chunk.js';
import { BY_KEY } from './selection.js';

/** A process that stops in mid-chunk (suspended, unplugged) gives the row free after this: the server ends its transaction. */
const IDLE_WITHIN_MS = 15_000;

/** `busy`: another process has it just now, or it is not running any more. */
export type ChunkResult =
  | { readonly outcome: 'busy' }
  | { readonly outcome: 'wait'; readonly waitMs: number }
  | {
      readonly outcome: 'done';
      readonly deliveries: number;
      readonly waitMs: number;
      readonly ended: BulkReplayRow | undefined;
    };

/**
 * Works on bulk replays a chunk at a time. A chunk is one transaction that locks the replay's row: one process at a time, and
 * the lock of one that dies ends with its connection. What it makes and how far it came commit together, so a kill at any
 * moment neither skips nor repeats.
 */
@Injectable()
export class BulkChunks {
  constructor(
    private readonly pools: Pools,
    private readonly topology: TopologyStore,
    private readonly rereader: Rereader,
  ) {}

  /** Does as much as the pace allows now. */
  run(id: string): Promise<ChunkResult> {
    return inTransaction(this.pools.work, async (client) => {
      await client.query(`SET LOCAL idle_in_transaction_session_timeout = ${IDLE_WITHIN_MS}`);
      await client.query(BY_KEY);
      const { rows } = await client.query<BulkReplayRow & { asked_at: string; elapsed: number; read_at: string }>(
        `SELECT ${BULK_REPLAY_COLUMNS}, t.created_at::text AS asked_at, clock_timestamp()::text AS read_at,
           extract(epoch FROM clock_timestamp() - t.paced_at)::float8 AS elapsed
         FROM hookyard.replay t WHERE t.id = $1 AND t.status = 'running' FOR UPDATE SKIP LOCKED`,
        [id],
      );
      const [row] = rows;
      if (!row) return { outcome: 'busy' };
      const tokens = tokensNow(row.tokens, row.elapsed, row.pace);
      if (tokens < 1) return { outcome: 'wait', waitMs: waitForTokens(tokens, row.pace) };
      const budget = Math.min(CHUNK, Math.floor(tokens));
      const done =
        row.mode === 'retry'
          ? await retryChunk(client, row, budget)
          : await replayChunk(
              client,
              row,
              budget,
              CHUNK,
              this.topology.current,
              (events) => this.rereader.read(events),
              (event) => this.rereader.readData(event),
            );
      const left = tokens - done.deliveries;
      const { rows: after } = await client.query<BulkReplayRow>(
        `UPDATE hookyard.replay t SET position = $2, processed = processed + $3, deliveries = deliveries + $4, skipped = $5,
           tokens = $6, paced_at = $7::timestamptz, status = CASE WHEN $8 THEN 'finished' ELSE status END,
           ended_at = CASE WHEN $8 THEN clock_timestamp() END
         WHERE t.id = $1 RETURNING ${BULK_REPLAY_COLUMNS}`,
        [id, done.position, done.processed, done.deliveries, summed(row, done), left, row.read_at, done.isLast],
      );
      return {
        outcome: 'done',
        deliveries: done.deliveries,
        // Nothing made: nothing to be paced, the next slice may be looked at.
        waitMs: done.deliveries === 0 ? 0 : waitForTokens(left, row.pace),
        ended: done.isLast ? after[0] : undefined,
      };
    });
  }
}

function summed(row: BulkReplayRow, done: ChunkDone): string {
  const sum: Partial<Record<SkipReason, number>> = { ...row.skipped };
  for (const [reason, count] of Object.entries(done.skipped) as [SkipReason, number][]) {
    if (count > 0) sum[reason] = (sum[reason] ?? 0) + count;
  }
  return JSON.stringify(sum);
}
