import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { SecretBox } from '../database/secret-box.js';
import { inTransaction } from '../database/transaction.js';
import { TopologyStore } from '../routing/topology.store.js';
import { ERASED_AT_ONCE, eraseEvents } from './erase-events.js';
import { eraseRejections } from './erase-rejections.js';
import { ERASURE_COLUMNS, type ErasureRequest, type ErasureRow } from './erasure.js';
import { selectEvents } from './select-events.js';

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
/** Intake answers within 2 s or never: what was under way when the erasure was asked for is on disk by then. */
const BEGINS_AFTER_SECONDS = 3;
/** A process that stops in mid-chunk gives the row free after this: the server ends its transaction. */
const IDLE_WITHIN_MS = 15_000;

/** `busy`: another process has it just now, it has only been asked for, or it is done. */
export type ErasureChunk =
  { readonly outcome: 'busy' } | { readonly outcome: 'done'; readonly ended: ErasureRow | undefined };

/**
 * Erases a chunk at a time. A chunk is one transaction that locks the erasure's row: what it erased and how far it came commit
 * together, and the next process goes on from there.
 */
@Injectable()
export class ErasureChunks {
  constructor(
    private readonly pools: Pools,
    private readonly box: SecretBox,
    private readonly topology: TopologyStore,
  ) {}

  /** Events first, then the samples of refused requests. */
  run(id: string): Promise<ErasureChunk> {
    return inTransaction(this.pools.work, async (client): Promise<ErasureChunk> => {
      await client.query(`SET LOCAL idle_in_transaction_session_timeout = ${IDLE_WITHIN_MS}`);
      const { rows } = await client.query<ErasureRow>(
        `SELECT ${ERASURE_COLUMNS} FROM hookyard.erasure t WHERE t.id = $1 AND t.status = 'running'
           AND t.created_at < clock_timestamp() - interval '${BEGINS_AFTER_SECONDS} seconds' FOR UPDATE SKIP LOCKED`,
        [id],
      );
      const [row] = rows;
      if (!row) return { outcome: 'busy' };
      const request: ErasureRequest = {
        field: row.field,
        names: row.names ?? [],
        sourceIds: row.source_ids ?? undefined,
      };
      if (row.rejection_position !== null) {
        const done = await eraseRejections(client, this.box, this.topology.current, request, row.rejection_position);
        const { rows: after } = await client.query<ErasureRow>(
          `UPDATE hookyard.erasure t SET rejection_position = $2, rejections = rejections + $3,
             status = CASE WHEN $4 THEN 'finished' ELSE status END, names = CASE WHEN $4 THEN NULL ELSE names END,
             ended_at = CASE WHEN $4 THEN clock_timestamp() END
           WHERE t.id = $1 RETURNING ${ERASURE_COLUMNS}`,
          [id, done.position, done.erased, done.isLast],
        );
        return { outcome: 'done', ended: done.isLast ? after[0] : undefined };
      }
      const selected = await selectEvents(client, request, row.position, ERASED_AT_ONCE);
      const erased = await eraseEvents(client, selected.ids);
      await client.query(
        `UPDATE hookyard.erasure SET position = $2, processed = processed + $3, erased = erased + $4, cancelled = cancelled + $5,
           rejections = rejections + $6, rejection_position = CASE WHEN $7 THEN '${BEFORE_ALL}'::uuid END
         WHERE id = $1`,
        [id, selected.position, selected.looked, erased.events, erased.cancelled, erased.rejections, selected.isLast],
      );
      return { outcome: 'done', ended: undefined };
    });
  }
}
