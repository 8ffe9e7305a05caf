import { z } from 'zod';
import { HttpError } from '../errors.js';

/** A text to look for. Postgres holds none with NUL and fails on one in a parameter. */
export function searchText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .regex(/^[^\0]*$/, 'holds a NUL character')
    .optional();
}

/** The parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
};

export interface Page {
  readonly next: string | null;
  readonly prev: string | null;
  readonly total: number;
  readonly totalIsExact: boolean;
  /** With a filter on bodies: how old the oldest event is that it cannot find yet. */
  readonly searchLagMs?: number;
}

/** Where a page begins: rows after (older than) or before (newer than) an id. */
export interface Position {
  readonly direction: 'after' | 'before';
  readonly id: string;
}

const CURSOR = /^(a|b)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** Reads a cursor that `pageCursors` made. @throws HttpError `INVALID_CURSOR` for any other text. */
export function readCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const parts = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!parts) throw new HttpError('INVALID_CURSOR', 400, 'The cursor is not one that this list gave out.');
  return { direction: parts[1] === 'a' ? 'after' : 'before', id: parts[2] as string };
}

/**
 * Where the pages beside this one begin. `ids`: of this page, in the order shown; `more`: whether there are rows beyond it, in the
 * direction that was read.
 */
export function pageCursors(
  ids: readonly string[],
  position: Position | undefined,
  more: boolean,
): Pick<Page, 'next' | 'prev'> {
  const backwards = position?.direction === 'before';
  const [first, last] = [ids[0], ids.at(-1)];
  return {
    next: last !== undefined && (backwards || more) ? cursorAt('a', last) : null,
    prev: first !== undefined && (backwards ? more : position !== undefined) ? cursorAt('b', first) : null,
  };
}

function cursorAt(direction: 'a' | 'b', id: string): string {
  return Buffer.from(direction + id, 'latin1').toString('base64url');
}
