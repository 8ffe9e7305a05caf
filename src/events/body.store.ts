import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';

/** Where an event's bytes lie. */
export interface BodyReference {
  readonly day: string;
  readonly id: string;
  readonly offset: number;
  readonly length: number;
  /**
   * Of an event that is one of a list: where the list's first event starts and its last one ends. With it the bytes are
   * those of the body as if this event alone stood in the list.
   */
  readonly list?: { readonly start: number; readonly end: number };
}

/** Reads what senders sent, byte for byte. */
@Injectable()
export class BodyStore {
  constructor(private readonly pools: Pools) {}

  /** The bytes of each event, cut from the body it came in, in order; `undefined` where the body is no longer stored. */
  async readBodies(references: readonly BodyReference[]): Promise<(Buffer | undefined)[]> {
    const { rows } = await this.pools.work.query<{ ordinal: string; bytes: Buffer }>({
      name: 'read-bodies',
      text: `SELECT r.ordinal, CASE WHEN r.start = 0 AND r.length = length(b.bytes) THEN b.bytes
                                    WHEN r.list_start IS NULL THEN substring(b.bytes FROM r.start + 1 FOR r.length)
                                    ELSE substring(b.bytes FOR r.list_start)
                                      || substring(b.bytes FROM r.start + 1 FOR r.length)
                                      || substring(b.bytes FROM r.list_end + 1) END AS bytes
             FROM unnest($1::date[], $2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[])
               WITH ORDINALITY AS r(day, id, start, length, list_start, list_end, ordinal)
             JOIN hookyard.body b ON b.day = r.day AND b.id = r.id
             -- Of a list, an erased event is spaces; no JSON value begins with one.
             WHERE r.list_start IS NULL OR get_byte(b.bytes, r.start) <> 32`,
      values: [
        references.map(({ day }) => day),
        references.map(({ id }) => id),
        references.map(({ offset }) => offset),
        references.map(({ length }) => length),
        references.map(({ list }) => list?.start ?? null),
        references.map(({ list }) => list?.end ?? null),
      ],
    });
    const found = new Map(rows.map(({ ordinal, bytes }) => [Number(ordinal) - 1, bytes]));
    return references.map((_, index) => found.get(index));
  }
}
