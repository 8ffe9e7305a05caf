import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';

/** Where an event's bytes lie. */
export interface BodyReference {
  readonly day: string;
  readonly id: string;
  readonly offset: number;
  readonly length: number;
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
                                    ELSE substring(b.bytes FROM r.start + 1 FOR r.length) END AS bytes
             FROM unnest($1::date[], $2::uuid[], $3::int[], $4::int[]) WITH ORDINALITY AS r(day, id, start, length, ordinal)
             JOIN hookyard.body b ON b.day = r.day AND b.id = r.id`,
      values: [
        references.map(({ day }) => day),
        references.map(({ id }) => id),
        references.map(({ offset }) => offset),
        references.map(({ length }) => length),
      ],
    });
    const found = new Map(rows.map(({ ordinal, bytes }) => [Number(ordinal) - 1, bytes]));
    return references.map((_, index) => found.get(index));
  }
}
