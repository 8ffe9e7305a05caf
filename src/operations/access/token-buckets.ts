interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Token buckets by name, in bounded memory: past `most` names the one longest unused is forgotten, which is as good as full
 * for whoever is not in a hurry.
 */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  /** `perSecond` refills up to `capacity`; `now` in milliseconds, for tests. */
  constructor(
    private readonly capacity: number,
    private readonly perSecond: number,
    private readonly most = 10_000,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Seconds until `name` has a token; 0 when it has one now. Takes nothing. */
  wait(name: string): number {
    const bucket = this.buckets.get(name);
    const tokens = bucket ? this.filled(bucket) : this.capacity;
    return tokens >= 1 ? 0 : (1 - tokens) / this.perSecond;
  }

  /** Takes a token of `name` if there is one. @returns seconds to wait; 0 when it was taken. */
  take(name: string): number {
    const wait = this.wait(name);
    if (wait > 0) return wait;
    const bucket = this.buckets.get(name);
    const tokens = (bucket ? this.filled(bucket) : this.capacity) - 1;
    // Set anew, so that a Map's order is the order of last use.
    this.buckets.delete(name);
    this.buckets.set(name, { tokens, at: this.now() });
    if (this.buckets.size > this.most) this.buckets.delete(this.buckets.keys().next().value as string);
    return 0;
  }

  /** How many names are remembered. */
  get size(): number {
    return this.buckets.size;
  }

  private filled({ tokens, at }: Bucket): number {
    return Math.min(this.capacity, tokens + ((this.now() - at) / 1_000) * this.perSecond);
  }
}
