/**
 * Bounds the bytes that requests hold in memory while they are read and written. No source may hold more than a quarter of it,
 * so that one sender's burst of large bodies never shuts the others out.
 */
export class IntakeBudget {
  private used = 0;
  private readonly bySource = new Map<string, number>();

  constructor(private readonly totalBytes: number) {}

  /** Takes `bytes` for a source; false when it may not have them now. */
  take(source: string, bytes: number): boolean {
    const own = (this.bySource.get(source) ?? 0) + bytes;
    if (this.used + bytes > this.totalBytes || own > this.totalBytes / 4) return false;
    this.used += bytes;
    this.bySource.set(source, own);
    return true;
  }

  /** Gives back what `take` granted. */
  give(source: string, bytes: number): void {
    this.used -= bytes;
    const own = (this.bySource.get(source) ?? 0) - bytes;
    if (own > 0) this.bySource.set(source, own);
    else this.bySource.delete(source);
  }

  /** Bytes held now. */
  get usedBytes(): number {
    return this.used;
  }
}
