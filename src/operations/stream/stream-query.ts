import { z } from 'zod';
import { matchType } from '../../routing/match-type.js';
import { searchText } from '../page.js';
import { STREAM_KINDS, type Change } from './change.js';

const STATUSES = ['pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded'] as const;

/** The parameters of `GET /stream`: filters as in the lists. */
export const streamQuery = z.strictObject({
  /** A list: `event,delivery`. */
  only: z
    .string()
    .max(64)
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(STREAM_KINDS)).min(1))
    .optional(),
  source: searchText(64),
  sourceType: searchText(64),
  type: searchText(256),
  destination: searchText(64),
  status: z.enum(STATUSES).optional(),
});

export type StreamQuery = z.output<typeof streamQuery>;

/** Whether a change is asked for. What a change does not have (an event has no destination) it does not match. */
export function takes(query: StreamQuery, change: Change): boolean {
  const { only, source, sourceType, type, destination, status } = query;
  return (
    (only === undefined || only.includes(change.kind)) &&
    (source === undefined || change.source === source) &&
    (sourceType === undefined || change.sourceType === sourceType) &&
    (type === undefined || (change.type !== undefined && matchType(type, change.type))) &&
    (destination === undefined || change.destination === destination) &&
    (status === undefined || change.status === status)
  );
}
