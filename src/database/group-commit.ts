import { setTimeout as sleep } from 'node:timers/promises';
import { isPoison, isWorthRepeating } from './sql-errors.js';

/** What a group commit needs to know about the statement it drives. */
export interface GroupCommitOptions<Item, Result> {
  /** Writes the items in one statement and gives back one result each, in order. */
  readonly write: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Statements under way at once; while that many are, items gather. */
  readonly maxInFlight: number;
  readonly maxItems: number;
  /** An item larger than this goes alone. */
  readonly maxBytes: number;
  readonly sizeOf: (item: Item) => number;
  /** How many of `maxItems` an item counts for. An item is never divided: one that counts for more goes alone. Default: 1. */
  readonly weightOf?: (item: Item) => number;
  /**
   * What an item's statement locks. Items that share it never are in two statements at once, where one would only wait for the
   * other's commit; they gather, and those of other keys go past them. Default: nothing.
   */
  readonly lockOf?: (item: Item) => string;
  /**
   * Statements begin at the end of a turn of the event loop, when all has been read that came in with it: requests that came
   * together share a commit, and nobody waits longer than the turn. Default: at once.
   */
  readonly gathersTurn?: boolean;
  /** A chance to take out of an item what the database may have choked on; `undefined`: nothing left to take out. */
  readonly simplify?: (item: Item) => Item | undefined;
  /** Repeat on any error that is not the item's own fault, until this signal aborts. Without it such an error rejects. */
  readonly repeatUntil?: AbortSignal;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

const REPEATS = 5;
const REPEAT_BASE_MS = 50;
const REPEAT_CAP_MS = 2_000;

/**
 * Gathers items while at most `maxInFlight` statements are under way, so that concurrent callers share a commit. No timer:
 * an idle database gets single items at once. An item the database refuses (SQLSTATE class 22, 23, 54) is found by
 * bisecting, so its neighbours go through.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private inFlight = 0;
  private idle: (() => void)[] = [];
  private readonly locked = new Set<string>();
  private isGathering = false;

  constructor(private readonly options: GroupCommitOptions<Item, Result>) {}

  /** Resolves with the item's result once it is committed; rejects with what the database said. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      // What is locked can't go now, and those before it could not either: looking through all of them for each took its time.
      if (!this.isLocked(item)) this.begin();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  async drain(): Promise<void> {
    if (this.inFlight === 0 && this.waiting.length === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  private begin(): void {
    if (!this.options.gathersTurn) return this.pump();
    if (this.isGathering || this.inFlight >= this.options.maxInFlight) return;
    this.isGathering = true;
    setImmediate(() => {
      this.isGathering = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.inFlight < this.options.maxInFlight && this.waiting.length > 0) {
      const group = this.takeGroup();
      if (group.length === 0) return;
      const locks = this.locksOf(group);
      for (const lock of locks) this.locked.add(lock);
      this.inFlight += 1;
      void this.commit(group).finally(() => {
        this.inFlight -= 1;
        for (const lock of locks) this.locked.delete(lock);
        this.begin();
        if (this.inFlight === 0 && this.waiting.length === 0) {
          for (const done of this.idle.splice(0)) done();
        }
      });
    }
  }

  private takeGroup(): Waiting<Item, Result>[] {
    const { maxItems, maxBytes, sizeOf, weightOf } = this.options;
    let bytes = 0;
    let weight = 0;
    const free = this.locked.size === 0 ? this.waiting : this.waiting.filter(({ item }) => !this.isLocked(item));
    let count = 0;
    for (const { item } of free) {
      bytes += sizeOf(item);
      weight += weightOf?.(item) ?? 1;
      if (count > 0 && (weight > maxItems || bytes > maxBytes)) break;
      count += 1;
    }
    if (free === this.waiting) return this.waiting.splice(0, count);
    const group = free.slice(0, count);
    const taken = new Set(group);
    this.waiting = this.waiting.filter((waiting) => !taken.has(waiting));
    return group;
  }

  private isLocked(item: Item): boolean {
    return this.options.lockOf !== undefined && this.locked.has(this.options.lockOf(item));
  }

  private locksOf(group: readonly Waiting<Item, Result>[]): Set<string> {
    const { lockOf } = this.options;
    return new Set(lockOf ? group.map(({ item }) => lockOf(item)) : []);
  }

  /** Never rejects: every waiting caller is answered. */
  private async commit(group: readonly Waiting<Item, Result>[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const results = await this.options.write(group.map(({ item }) => item));
        group.forEach(({ resolve }, index) => resolve(results[index] as Result));
        return;
      } catch (error) {
        if (isPoison(error)) return this.isolate(group, error);
        const { repeatUntil } = this.options;
        const repeat = repeatUntil ? !repeatUntil.aborted : isWorthRepeating(error) && attempt < REPEATS;
        if (!repeat) {
          for (const { reject } of group) reject(error);
          return;
        }
        const waitMs = Math.min(REPEAT_BASE_MS * 2 ** (attempt - 1), REPEAT_CAP_MS) * (0.5 + Math.random());
        // An abort ends the wait; the write is tried once more and then given up.
        await sleep(waitMs, undefined, { signal: repeatUntil }).catch(() => undefined);
      }
    }
  }

  private async isolate(group: readonly Waiting<Item, Result>[], error: unknown): Promise<void> {
    if (group.length > 1) {
      const middle = Math.ceil(group.length / 2);
      await this.commit(group.slice(0, middle));
      await this.commit(group.slice(middle));
      return;
    }
    const [only] = group as [Waiting<Item, Result>];
    const simpler = this.options.simplify?.(only.item);
    if (simpler === undefined) only.reject(error);
    else await this.commit([{ ...only, item: simpler }]);
  }
}
