import { TOO_SLOW, type ApiDatabase, type RunSql } from '../api-database.js';
import type { Change, WrittenChange } from './change.js';
import { findChanges, readNow, type Found, type Now, type Slice } from './find-changes.js';
import { deliveryKey, eventKey, loadDeliveries, loadEvents, loadVersions } from './load-changes.js';
import { positionToken, type StreamPosition } from './stream-position.js';

/** Ids that are read at once; a slice of time that holds more is cut smaller. */
const MOST_AT_ONCE = 20_000;
const FEW = 1_000;
/** What a live stream reads is one slice; a longer look back is cut from the start. */
const RECENT_MS = 600_000;
const FIRST_SLICE_MS = 60_000;
/** Rows made by a clock that is ahead of the database's. */
const AHEAD_MS = 3_600_000;
const READ_WITHIN_MS = 10_000;
/**
 * A transaction that stays open holds `pg_snapshot_xmin` back. What was told above it is remembered, so many at most; from then on only what lies
 * below is told, late but whole.
 */
const MOST_REMEMBERED = 50_000;

/** Hears what was read, in order; `token`: where somebody who has heard it goes on. */
export type Hear = (changes: readonly Change[], token: string) => Promise<void> | void;

/**
 * Reads what was written since a position, pass after pass, each change once. A pass ends below `pg_snapshot_xmin`; what later transactions have
 * committed already is told at once, and not told again by the next pass.
 */
export class ChangeReader {
  private told: ReadonlyMap<string, bigint> = new Map();

  constructor(
    private readonly database: ApiDatabase,
    private from: StreamPosition,
  ) {}

  /** A reader of what comes from now on. */
  static async fromNow(database: ApiDatabase): Promise<ChangeReader> {
    const { xid, at } = await readNow(database.run);
    const reader = new ChangeReader(database, { xid, at });
    await reader.pass(() => undefined);
    return reader;
  }

  /** Where somebody who has heard everything so far goes on. */
  get position(): StreamPosition {
    return this.from;
  }

  /** Keys of what was told and does not lie below the position: another reader may tell it too. */
  get recentlyTold(): ReadonlyMap<string, bigint> {
    return this.told;
  }

  /** Reads everything up to now. Fails when the database does; the next pass tells again what this one has told. */
  async pass(hear: Hear): Promise<void> {
    const now = await readNow(this.database.run);
    const { xid, at, pass } = this.from;
    const next = pass?.next ?? { xid: now.xid, at: now.at };
    const end = now.at + AHEAD_MS;
    const remembered = new Map([...this.told].filter(([, written]) => written >= next.xid));
    let from = pass?.until ?? at - now.slackMs;
    let length = now.at - from <= RECENT_MS ? end - from : FIRST_SLICE_MS;
    while (from < end) {
      const to = Math.min(end, from + length);
      const fresh = await this.read({ from, to }, now);
      if (fresh === undefined) {
        if (to - from <= 1) throw new Error(`more than ${MOST_AT_ONCE} changes within a millisecond`);
        length = Math.max(1, Math.floor((to - from) / 4));
        continue;
      }
      for (const change of fresh) if (change.xid >= next.xid) remembered.set(change.key, change.xid);
      const reached = to < end ? { xid, at, pass: { until: to, next } } : next;
      await hear(
        fresh.toSorted((a, b) => a.at - b.at),
        positionToken(reached),
      );
      from = to;
      if (fresh.length < FEW) length *= 2;
    }
    this.from = next;
    this.told = remembered;
  }

  /** What a slice holds that was not told yet; `undefined` when that is too much. */
  private async read(slice: Slice, now: Now): Promise<WrittenChange[] | undefined> {
    const { xid, at } = this.from;
    const read = await this.database.readWithin(READ_WITHIN_MS, async (run) => {
      const found = await findChanges(run, slice, { xid, at }, now, MOST_AT_ONCE);
      return found && this.load(run, found, now);
    });
    return read === TOO_SLOW ? undefined : read;
  }

  private async load(run: RunSql, found: Found, now: Now): Promise<WrittenChange[]> {
    const waits = this.told.size >= MOST_REMEMBERED;
    const { xid: since } = this.from;
    const forgets = since > now.xid;
    const events = await loadEvents(
      run,
      found.events.filter((id) => !this.told.has(eventKey(id))),
      now.xid,
    );
    const versions = await loadVersions(run, found.deliveries, now.xid);
    const changed = versions.filter(
      ({ id, xid }) => (forgets || xid >= since) && !this.told.has(deliveryKey(id, xid)) && !(waits && xid >= now.xid),
    );
    const deliveries = await loadDeliveries(
      run,
      changed.map(({ id }) => id),
      now.xid,
    );
    return [...events.filter(({ xid }) => !(waits && xid >= now.xid)), ...deliveries];
  }
}
