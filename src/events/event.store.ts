import { Injectable } from '@nestjs/common';
import { GroupCommit } from '../database/group-commit.js';
import { Pools } from '../database/pools.js';
import { Metrics } from '../telemetry/metrics/metrics.js';
import { findByKey, insertEvents, recordConflicts, type InsertedEvent, type StoredEvent } from './insert-events.js';
import type { NewEvent, Recorded } from './new-event.js';

const MAX_ROWS = 200;
const MAX_BYTES = 1024 * 1024;
const MAX_IN_FLIGHT = 2;
/** The first of two equal keys can vanish between our insert and our look (its statement rolled back); then we insert again. */
const MAX_ROUNDS = 5;

/** Writes events. Concurrent callers share a commit; the promise resolves only when their rows are on disk. */
@Injectable()
export class EventStore {
  private readonly commits = new GroupCommit<readonly NewEvent[], readonly Recorded[]>({
    write: (requests) => this.writeRequests(requests),
    maxInFlight: MAX_IN_FLIGHT,
    maxItems: MAX_ROWS,
    maxBytes: MAX_BYTES,
    sizeOf: ([event]) => event?.body.length ?? 0,
    weightOf: (events) => events.length,
    gathersTurn: true,
  });

  constructor(
    private readonly pools: Pools,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Stores the events of one request with their body and deliveries, or finds those stored before under the same (source,
   * external id); one result each, in order. All that are new are written by one statement, or none is.
   * Rejects with the database's error when it cannot; what is there is then unknown, and sending it again is safe.
   */
  record(events: readonly NewEvent[]): Promise<readonly Recorded[]> {
    return this.commits.add(events);
  }

  /** Resolves when everything handed in has been answered. */
  drain(): Promise<void> {
    return this.commits.drain();
  }

  private async writeRequests(requests: readonly (readonly NewEvent[])[]): Promise<Recorded[][]> {
    const events = requests.flat();
    const recorded = await this.write(events);
    this.metrics.commitRows.observe({ stage: 'intake' }, events.length);
    let next = 0;
    return requests.map(({ length }) => recorded.slice(next, (next += length)));
  }

  private async write(events: readonly NewEvent[]): Promise<Recorded[]> {
    const firsts = foldRepeats(events);
    const stored = new Map<NewEvent, Stored>();
    let missing = [...firsts.keys()].sort(byKey);
    for (let round = 1; missing.length > 0; round += 1) {
      if (round > MAX_ROUNDS) throw new Error(`${missing.length} events neither insertable nor found`);
      const inserted = await insertEvents(this.pools.intake, missing);
      for (const event of missing) {
        const replay = inserted.get(event.id);
        if (!replay) continue;
        stored.set(event, { row: { id: event.id, bodySha256: event.normalised.bodySha256 }, isNew: true, replay });
      }
      missing = missing.filter((event) => !stored.has(event));
      if (missing.length === 0) break;
      for (const [event, row] of await findByKey(this.pools.intake, missing)) {
        // Found under its own id: an earlier try of this very write stored it.
        stored.set(event, { row, isNew: row.id === event.id });
      }
      missing = missing.filter((event) => !stored.has(event));
    }
    const recorded = new Map<NewEvent, Recorded>();
    for (const [first, all] of firsts) {
      const { row, isNew, replay } = stored.get(first) as Stored;
      for (const event of all) {
        const accepted = isNew && event === first;
        // Of an erased event nothing is left to compare with.
        const isErased = row.bodySha256.length === 0;
        const conflict = !accepted && !isErased && !row.bodySha256.equals(event.normalised.bodySha256);
        const suspicion = accepted ? { suspectedReplayOf: replay?.replayOf, heldAsReplay: replay?.held } : {};
        recorded.set(event, { id: row.id, status: accepted ? 'accepted' : 'duplicate', conflict, ...suspicion });
      }
    }
    const conflicts = events.filter((event) => recorded.get(event)?.conflict);
    if (conflicts.length > 0) {
      await recordConflicts(
        this.pools.intake,
        conflicts.map((event) => ({
          eventId: (recorded.get(event) as Recorded).id,
          bodySha256: event.normalised.bodySha256,
        })),
      );
    }
    return events.map((event) => recorded.get(event) as Recorded);
  }
}

interface Stored {
  readonly row: StoredEvent;
  readonly isNew: boolean;
  /** Only of one that this very statement stored. */
  readonly replay?: InsertedEvent;
}

/** Requests with one key, by the first that arrived; a statement cannot insert and conflict with itself. */
function foldRepeats(events: readonly NewEvent[]): Map<NewEvent, NewEvent[]> {
  const byFirst = new Map<string, NewEvent[]>();
  for (const event of events) {
    const key = `${event.sourceId} ${event.normalised.externalId}`;
    const same = byFirst.get(key);
    if (same) same.push(event);
    else byFirst.set(key, [event]);
  }
  return new Map([...byFirst.values()].map((same) => [same[0] as NewEvent, same]));
}

/** One order for every statement of every process: by code unit, no locale. */
function byKey(a: NewEvent, b: NewEvent): number {
  if (a.sourceId !== b.sourceId) return a.sourceId - b.sourceId;
  const [left, right] = [a.normalised.externalId, b.normalised.externalId];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
