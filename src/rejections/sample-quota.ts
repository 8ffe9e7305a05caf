/** Rows kept per source and minute; the rest is only counted. */
export const SAMPLES_PER_MINUTE = 20;
/** Of those, kept free for requests that were nearly right: a flood of rubbish must not hide a sender with a wrong clock. */
export const RESERVED_FOR_NEAR_MISSES = 10;

const MINUTE_MS = 60_000;

interface Taken {
  all: number;
  nearMisses: number;
  refused: number;
}

/** Decides which refused requests are looked at. Costs a look into a map, whatever comes. */
export class SampleQuota {
  private minute = Number.NEGATIVE_INFINITY;
  private readonly bySource = new Map<string, Taken>();

  /** `onSkipped` hears, when a minute is over, how many requests to a source were not sampled in it. */
  constructor(private readonly onSkipped: (source: string, count: number) => void) {}

  /** Whether this request may be sampled; takes its place if so. `nowMs`: any clock that goes on. */
  take(source: string, isNearMiss: boolean, nowMs: number): boolean {
    this.turn(nowMs);
    let taken = this.bySource.get(source);
    if (!taken) this.bySource.set(source, (taken = { all: 0, nearMisses: 0, refused: 0 }));
    const others = taken.all - taken.nearMisses;
    const room = isNearMiss || others < SAMPLES_PER_MINUTE - RESERVED_FOR_NEAR_MISSES;
    if (!room || taken.all >= SAMPLES_PER_MINUTE) {
      taken.refused += 1;
      return false;
    }
    taken.all += 1;
    if (isNearMiss) taken.nearMisses += 1;
    return true;
  }

  /** Starts a new minute when the last one is over. */
  turn(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (minute === this.minute) return;
    this.minute = minute;
    for (const [source, { refused }] of this.bySource) if (refused > 0) this.onSkipped(source, refused);
    this.bySource.clear();
  }
}
