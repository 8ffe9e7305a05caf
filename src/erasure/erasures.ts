import { Injectable } from '@nestjs/common';
import { newId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import { inTransaction } from '../database/transaction.js';
import { eraseEvents } from './erase-events.js';
import { ERASURE_COLUMNS, type ErasureRequest, type ErasureRow } from './erasure.js';
import { ErasureWatch } from './erasure-watch.js';
import { selectEvents } from './select-events.js';

/** Under way at a time. */
const MAX_OPEN = 20;
const COUNT_WITHIN_MS = 5_000;
const COUNT_AT_ONCE = 1_000;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** How many events an erasure would take; a lower bound when they could not be counted in time. */
export interface CountedErasure {
  readonly total: number;
  readonly totalIsExact: boolean;
}

/** Erases one event, and asks for the erasure of many. The work on many is done by `ErasureWatch`, wherever one runs. */
@Injectable()
export class Erasures {
  constructor(
    private readonly pools: Pools,
    private readonly watch: ErasureWatch,
  ) {}

  /** Erases it, if it was not yet. `id`: stored form. @returns whether there is such an event. */
  async eraseEvent(id: string): Promise<boolean> {
    await inTransaction(this.pools.work, (client) => eraseEvents(client, [id]));
    const { rowCount } = await this.pools.work.query('SELECT 1 FROM hookyard.event WHERE id = $1', [id]);
    return rowCount === 1;
  }

  /** How many events it would take now. */
  async count(request: ErasureRequest): Promise<CountedErasure> {
    const giveUpAt = performance.now() + COUNT_WITHIN_MS;
    let total = 0;
    for (let position = BEFORE_ALL; performance.now() < giveUpAt;) {
      const selected = await selectEvents(this.pools.work, request, position, COUNT_AT_ONCE);
      total += selected.ids.length;
      if (selected.isLast) return { total, totalIsExact: true };
      ({ position } = selected);
    }
    return { total, totalIsExact: false };
  }

  /** Writes down what is to be erased; `undefined` when twenty are under way already. */
  async create(request: ErasureRequest): Promise<ErasureRow | undefined> {
    const { total, totalIsExact } = await this.count(request);
    const { rows } = await this.pools.work.query<ErasureRow>(
      `INSERT INTO hookyard.erasure AS t (id, field, names, source_ids, total, total_is_exact)
       SELECT $1, $2, $3, $4, $5, $6
       WHERE (SELECT count(*) FROM hookyard.erasure WHERE status = 'running') < ${MAX_OPEN}
       RETURNING ${ERASURE_COLUMNS}`,
      [newId(), request.field, request.names, request.sourceIds ?? null, total, totalIsExact],
    );
    if (rows[0]) this.watch.wake();
    return rows[0];
  }
}
