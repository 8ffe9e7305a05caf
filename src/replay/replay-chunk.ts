import type { PoolClient } from 'pg';
import { asksForDocument } from '../routing/match-routes.js';
import type { Topology } from '../routing/topology.js';
import type { BulkReplayRow, SkipReason } from './bulk-replay.js';
import { insertReplays, type ReplayedEvent } from './insert-replays.js';
import type { Rereading } from './read-again.js';
import type { ChunkDone } from './retry-chunk.js';
import { SLICE, selectionOf } from './selection.js';
import { STORED_EVENT_COLUMNS, toStoredEvent, type StoredEvent, type StoredEventRow } from './stored-event.js';
import { targetsOf } from './targets.js';

/** Reads events again, in order; `undefined` for one whose body is not stored any more. */
export type ReadAll = (events: readonly StoredEvent[]) => AsyncIterable<readonly [StoredEvent, Rereading | undefined]>;

/** A stretch of what a replay takes. */
interface Selected {
  readonly events: readonly StoredEvent[];
  /** Up to here everything was looked at, if `isSliceDone`; `undefined`: there was nothing to look at. */
  readonly sliceEnd: string | undefined;
  readonly isSliceDone: boolean;
  /** With these events everything is done. */
  readonly isLast: boolean;
}

/** The next matching events, `most` of them at most. */
export async function readSelected(
  client: Pick<PoolClient, 'query'>,
  row: Pick<BulkReplayRow, 'mode' | 'filter' | 'position' | 'last_id'> & { asked_at: string },
  most: number,
): Promise<Selected> {
  const selection = selectionOf(row, row.asked_at);
  const { rows } = await client.query<{ seen: number; slice_end: string | null } & StoredEventRow>(
    `WITH slice AS MATERIALIZED (${selection.slice}),
       matching AS MATERIALIZED (
         SELECT ${STORED_EVENT_COLUMNS} FROM ${selection.from} WHERE ${selection.where} ORDER BY e.id LIMIT ${most})
     SELECT bounds.*, matching.* FROM (
         SELECT count(*)::int AS seen, (SELECT id FROM slice ORDER BY id DESC LIMIT 1) AS slice_end FROM slice) bounds
     LEFT JOIN matching ON true ORDER BY matching.id`,
    [row.position, row.last_id, SLICE, ...selection.values],
  );
  const events = rows.filter(({ id }) => id !== null).map(toStoredEvent);
  // A full list may go on in the same slice; a short slice is the last one.
  const isSliceDone = events.length < most;
  const sliceEnd = rows[0]?.slice_end ?? undefined;
  return { events, sliceEnd, isSliceDone, isLast: isSliceDone && (rows[0]?.seen ?? 0) < SLICE };
}

/**
 * Makes new deliveries of the next events, until about `budget` of them: one event's go together. They carry the bulk replay's
 * id, so that (event, destination, replay) keeps even a chunk that is done again from making one twice.
 */
export async function replayChunk(
  client: PoolClient,
  row: BulkReplayRow & { asked_at: string },
  budget: number,
  most: number,
  topology: Topology,
  readAll: ReadAll,
  readData: (event: StoredEvent) => Promise<unknown>,
): Promise<ChunkDone> {
  // Reading anew leaves many out; else one event makes at least one delivery, mostly.
  const wanted = row.mode === 'renormalise' ? most : Math.min(most, budget);
  const { events, sliceEnd, isSliceDone, isLast } = await readSelected(client, row, wanted);
  if (!sliceEnd) return { position: row.last_id, isLast: true, processed: 0, deliveries: 0, skipped: {} };
  const skipped: Partial<Record<SkipReason, number>> = {};
  const skip = (reason: SkipReason): void => void (skipped[reason] = (skipped[reason] ?? 0) + 1);
  const made: ReplayedEvent[] = [];
  let planned = 0;
  let last: string | undefined;
  let processed = 0;
  const storedOnly = async function* (): AsyncGenerator<readonly [StoredEvent, Rereading | undefined]> {
    for (const event of events) yield [event, event.hasBody ? { outcome: 'same' } : undefined];
  };
  for await (const [event, read] of row.mode === 'renormalise' ? readAll(events) : storedOnly()) {
    if (planned >= budget) break;
    processed += 1;
    last = event.id;
    if (!read) skip('bodyGone');
    else if (read.outcome === 'unreadable') skip('unreadable');
    else if (read.outcome === 'same' && row.only_changed) skip('unchanged');
    else {
      const reading = read.outcome === 'changed' ? read.reading : undefined;
      const seen = { ...event, ...reading };
      const needsData = !row.destination_ids && asksForDocument(seen, topology.routes);
      const data = needsData ? await readData(event) : undefined;
      const targets = targetsOf({ ...seen, data }, topology, row.destination_ids ?? undefined);
      if (targets.length === 0) skip('noDestination');
      else made.push({ eventId: event.id, targets, reading });
      planned += targets.length;
    }
  }
  const deliveries = (await insertReplays(client, row.id, made, row.latest_only)).length;
  // Unfinished: the budget is used up, and the next chunk goes on after the last event dealt with.
  const isDone = processed === events.length;
  return {
    position: isDone && isSliceDone ? sliceEnd : (last ?? row.position),
    isLast: isDone && isLast,
    processed,
    deliveries,
    skipped,
  };
}
