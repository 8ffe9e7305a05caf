import { Injectable } from '@nestjs/common';
import { newId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import { BulkReplayWatch } from './bulk-replay-watch.js';
import { BULK_REPLAY_COLUMNS, type BulkReplayRow, type BulkRequest } from './bulk-replay.js';
import { boundsOf, countSelection, type Counted } from './count-selection.js';

/** Bulk replays under way or paused at a time. */
const MAX_OPEN = 20;

/** What a person may do to a bulk replay. */
export type BulkChange = 'pause' | 'resume' | 'cancel';

const MOVES: Readonly<Record<BulkChange, { readonly from: readonly string[]; readonly to: string }>> = {
  pause: { from: ['running'], to: 'paused' },
  resume: { from: ['paused'], to: 'running' },
  cancel: { from: ['running', 'paused'], to: 'cancelled' },
};

/** Asks for bulk replays, and stops them. The work is done by `BulkReplayWatch`, wherever one runs. */
@Injectable()
export class BulkReplays {
  constructor(
    private readonly pools: Pools,
    private readonly watch: BulkReplayWatch,
  ) {}

  /** How many it would take now. */
  async count(request: BulkRequest): Promise<Counted> {
    return countSelection(this.pools.work, request, await boundsOf(this.pools.work, request));
  }

  /** Writes down what is to be done; `undefined` when twenty are under way already. */
  async create(request: BulkRequest): Promise<BulkReplayRow | undefined> {
    const bounds = await boundsOf(this.pools.work, request);
    const counted = await countSelection(this.pools.work, request, bounds);
    const { rows } = await this.pools.work.query<BulkReplayRow>(
      `INSERT INTO hookyard.replay AS t (id, mode, filter, destination_ids, only_changed, pace, position, last_id, total,
         total_is_exact, created_at, latest_only)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::timestamptz, $12
       WHERE (SELECT count(*) FROM hookyard.replay WHERE status IN ('running', 'paused')) < ${MAX_OPEN}
       RETURNING ${BULK_REPLAY_COLUMNS}`,
      [
        newId(),
        request.mode,
        JSON.stringify(request.filter),
        request.destinationIds ?? null,
        request.onlyChanged,
        request.pace,
        bounds.position,
        bounds.lastId,
        counted.total ?? null,
        counted.totalIsExact,
        bounds.askedAt,
        request.latestOnly,
      ],
    );
    if (rows[0]) this.watch.wake();
    return rows[0];
  }

  /**
   * Moves it, once the chunk under way is done; that takes well under a second.
   * @returns the replay, `changed: false` when its status does not allow it; `undefined`: there is none.
   */
  async change(
    id: string,
    change: BulkChange,
  ): Promise<{ row: BulkReplayRow; changed: boolean; before: BulkReplayRow['status'] } | undefined> {
    const { from, to } = MOVES[change];
    const { rows } = await this.pools.work.query<BulkReplayRow & { before: BulkReplayRow['status'] }>(
      `WITH found AS (SELECT id, status FROM hookyard.replay WHERE id = $1 FOR UPDATE)
       UPDATE hookyard.replay t SET status = $2, ended_at = CASE WHEN $2 = 'cancelled' THEN clock_timestamp() END,
         tokens = 0, paced_at = clock_timestamp()
       FROM found WHERE t.id = found.id AND t.status = ANY ($3) RETURNING ${BULK_REPLAY_COLUMNS}, found.status AS before`,
      [id, to, from],
    );
    if (rows[0]) {
      this.watch.wake();
      return { row: rows[0], changed: true, before: rows[0].before };
    }
    const found = await this.pools.work.query<BulkReplayRow>(
      `SELECT ${BULK_REPLAY_COLUMNS} FROM hookyard.replay t WHERE t.id = $1`,
      [id],
    );
    const [row] = found.rows;
    return row && { row, changed: false, before: row.status };
  }
}
