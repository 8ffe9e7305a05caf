import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';

const SWEPT_AT_ONCE = 5_000;

/** What is remembered of bodies; intake writes it (see `insert-statements.ts`). */
@Injectable()
export class SightingStore {
  constructor(private readonly pools: Pools) {}

  /** Forgets bodies whose window is over; run every hour. Several processes may do it at once. */
  async sweep(): Promise<void> {
    for (let swept = SWEPT_AT_ONCE; swept >= SWEPT_AT_ONCE;) {
      const { rowCount } = await this.pools.work.query({
        name: 'sweep-sightings',
        text: `DELETE FROM hookyard.body_sighting WHERE (source_id, fingerprint) IN (
                 SELECT source_id, fingerprint FROM hookyard.body_sighting WHERE window_ends_at < statement_timestamp()
                 ORDER BY window_ends_at LIMIT ${SWEPT_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
      });
      swept = rowCount ?? 0;
    }
  }
}
