/** How often something may be done. */
export interface RateLimit {
  /** Over time. */
  readonly ratePerSecond: number;
  /** At once, after a pause; 1 at least. */
  readonly burst: number;
}

interface Bucket {
  /** Tokens that were taken and have not come back yet. */
  taken: number;
  at: number;
}

/**
 * Token buckets by name, in bounded memory: past `most` names the one longest unused is forgotten, which is as good as full
 * for whoever is not in a hurry. A bucket knows no limit, so a changed one counts from its first use: what was taken stays taken.
 */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  /** `now` in milliseconds, for tests. */
  constructor(
    private readonly most = 10_000,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Seconds until `name` has a token; 0 when it has one now. Takes nothing. */
  wait(name: string, limit: RateLimit): number {
    return waitOf(this.taken(name, limit), limit);
  }

  /** Takes a token of `name` if there is one. @returns seconds to wait; 0 when it was taken. */
  take(name: string, limit: RateLimit): number {
    const taken = this.taken(name, limit);
    const wait = waitOf(taken, limit);
    if (wait > 0) return wait;
    // Set anew, so that a Map's order is the order of last use.
    this.buckets.delete(name);
    this.buckets.set(name, { taken: taken + 1, at: this.now() });
    if (this.buckets.size > this.most) this.buckets.delete(this.buckets.keys().next().value as string);
    return 0;
  }

  /** How many names are remembered. */
  get size(): number {
    return this.buckets.size;
  }

  /** Never more than a burst: who lowers a limit does not shut the door for longer than one token takes. */
  private taken(name: string, { ratePerSecond, burst }: RateLimit): number {
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return 0;
    const back = ((this.now() - bucket.at) / 1_000) * ratePerSecond;
    return Math.min(burst, Math.max(0, bucket.taken - back));
  }
}

function waitOf(taken: number, { ratePerSecond, burst }: RateLimit): number {
  return taken + 1 <= burst ? 0 : (taken + 1 - burst) / ratePerSecond;
}
