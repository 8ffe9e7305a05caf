import { z } from 'zod';
import { HttpError } from '../../errors.js';
import type { Condition } from './condition.js';

const HOUR_MS = 3_600_000;
/** Lists show this long when nobody says. */
const BY_DEFAULT_MS = 24 * HOUR_MS;
/**
 * Ids are sorted by the time they were made, which is a little before the row was written, by another machine's clock. So a range
 * of times is looked up in a range of ids that is this much wider, and then cut exactly.
 */
const CLOCKS_DIFFER_MS = 60_000;
const LAST_TIME = 0xffff_ffff_ffff;

const time = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional();

/** `from` (included) and `to` (excluded), ISO 8601 with a zone. */
export const timeQuery = { from: time, to: time };

export interface TimeRange {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** A range of times, as conditions on the id (which has an index) and on the column that holds the exact time. */
export interface IdRange {
  readonly fromId: string | undefined;
  readonly toId: string | undefined;
  /** On the table with the alias `t`. */
  readonly exact: readonly Condition[];
}

/**
 * The ids that a range of times can have. `byDefault: true`: the last 24 hours when neither end is given.
 * @throws HttpError `INVALID_REQUEST` when it ends before it begins.
 */
export function idRange(column: string, { from, to }: TimeRange, byDefault: boolean, now = Date.now()): IdRange {
  if (from && to && from >= to) throw new HttpError('INVALID_REQUEST', 400, 'from: must be before to');
  if (!from && !to) {
    return { fromId: byDefault ? idAt(now - BY_DEFAULT_MS) : undefined, toId: undefined, exact: [] };
  }
  return {
    fromId: from && idAt(from.getTime() - CLOCKS_DIFFER_MS),
    toId: to && idAt(to.getTime() + CLOCKS_DIFFER_MS),
    exact: [...(from ? [after(column, from)] : []), ...(to ? [before(column, to)] : [])],
  };
}

/** The smallest id (UUID version 7) made at a time, in milliseconds since 1970. */
export function idAt(ms: number): string {
  const hex = Math.min(Math.max(0, Math.trunc(ms)), LAST_TIME)
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

function after(column: string, at: Date): Condition {
  return (param) => `t.${column} >= ${param(at)}`;
}

function before(column: string, at: Date): Condition {
  return (param) => `t.${column} < ${param(at)}`;
}
