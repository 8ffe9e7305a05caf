import { Injectable } from '@nestjs/common';
import { publicId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import { inTransaction } from '../database/transaction.js';
import type { BulkRequest } from './bulk-replay.js';
import { boundsOf } from './count-selection.js';
import type { FieldChange } from './read-again.js';
import { readSelected } from './replay-chunk.js';
import { Rereader } from './rereader.js';
import { BY_KEY } from './selection.js';

/** Events read by one dry run at most, and for how long; beyond it the counts are of those read. */
const MAX_EVENTS = 2_000;
const WITHIN_MS = 8_000;
const AT_A_TIME = 200;
const SAMPLE = 20;

/** What reading anew would give. `complete`: every matching event was read. */
export interface Preview {
  readonly read: number;
  readonly complete: boolean;
  readonly changed: number;
  readonly unchanged: number;
  readonly unreadable: number;
  readonly bodyGone: number;
  /** How many events change in each field. */
  readonly changedFields: Readonly<Record<string, number>>;
  readonly sample: readonly { readonly eventId: string; readonly changes: readonly FieldChange[] }[];
}

/** The dry run of a re-normalisation: reads, compares, writes nothing. */
@Injectable()
export class RenormalisePreview {
  constructor(
    private readonly pools: Pools,
    private readonly rereader: Rereader,
  ) {}

  /** Reads the first matching events, in order, and compares. */
  async look(request: BulkRequest): Promise<Preview> {
    const { position, lastId, askedAt } = await boundsOf(this.pools.work, request);
    const giveUpAt = performance.now() + WITHIN_MS;
    const counts = { read: 0, changed: 0, unchanged: 0, unreadable: 0, bodyGone: 0 };
    const changedFields: Record<string, number> = {};
    const sample: { eventId: string; changes: readonly FieldChange[] }[] = [];
    let [after, complete]: [string, boolean] = [position, false];
    while (!complete && counts.read < MAX_EVENTS && performance.now() < giveUpAt) {
      const row = { ...request, position: after, last_id: lastId, asked_at: askedAt };
      const { events, sliceEnd, isLast } = await inTransaction(this.pools.work, async (client) => {
        await client.query(BY_KEY);
        return readSelected(client, row, AT_A_TIME);
      });
      for await (const [event, read] of this.rereader.read(events)) {
        counts.read += 1;
        if (!read) counts.bodyGone += 1;
        else if (read.outcome === 'unreadable') counts.unreadable += 1;
        else if (read.outcome === 'same') counts.unchanged += 1;
        else {
          counts.changed += 1;
          for (const { field } of read.changes) changedFields[field] = (changedFields[field] ?? 0) + 1;
          if (sample.length < SAMPLE) sample.push({ eventId: publicId('evt', event.id), changes: read.changes });
        }
      }
      complete = isLast;
      after = (events.length < AT_A_TIME ? sliceEnd : events.at(-1)?.id) ?? after;
    }
    return { ...counts, complete, changedFields, sample };
  }
}
