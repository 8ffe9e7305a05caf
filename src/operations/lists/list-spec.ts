import type { Condition, Param } from './condition.js';
import type { IdRange } from './time-range.js';

/** How many rows a list looks at before it gives up, and how far an exact total is counted. */
export const LOOK_AT_MOST = 10_000;

/** A list of a table that is sorted by its time-sortable `id`. */
export interface ListSpec {
  readonly table: string;
  /** Conditions that an index serves in the order of `id`: they narrow what is looked at. On the alias `w`. */
  readonly driver: readonly Condition[];
  /** What else must hold. On the alias `t`. */
  readonly filters: readonly Condition[];
  readonly range: IdRange;
  /** Indexes that know what is rare, the rarest first. None: what is rare is found by reading, or not. */
  readonly lookups?: readonly Lookup[];
  /** How many rows are read in the hope that they fill the page, before a lookup in a copy is tried. Default 2,000. */
  readonly glance?: number;
}

/** An index that names the rows which may match. */
export interface Lookup {
  /** `SELECT … AS id …` of all such rows within a range of ids, in any order and without end; it reads nothing but what it gives back. */
  readonly rows: (param: Param, ids: IdBounds) => string;
  /** Looks into the tables themselves, and is never behind; it is asked before anything is read. Else into a copy, which is filled a little later. */
  readonly isLive?: boolean;
  /** The index gives its rows in the order of ids, when asked: so a page is found however many there are. */
  readonly isSorted?: boolean;
  /** The index can only be read whole, for what it is asked: it should be asked for what is rare. */
  readonly isBitmap?: boolean;
  /** The filter that it answers by itself, which then need not be asked of each row. */
  readonly answers?: Condition | undefined;
}

/** From an id (included) to an id (excluded), and strictly below and above others, where given. */
export interface IdBounds {
  readonly fromId: string | undefined;
  readonly toId: string | undefined;
  readonly below?: string | undefined;
  readonly above?: string | undefined;
}

/** What bounds mean, as conditions on the column `id` of an alias. */
export function idConditions(alias: string, { fromId, toId, below, above }: IdBounds): Condition[] {
  const compare = (operator: string, id: string | undefined): Condition[] =>
    id === undefined ? [] : [(param) => `${alias}.id ${operator} ${param(id)}::uuid`];
  return [...compare('>=', fromId), ...compare('<', toId), ...compare('<', below), ...compare('>', above)];
}
