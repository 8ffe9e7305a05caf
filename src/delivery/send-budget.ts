/**
 * Bounds the bytes of bodies that are being sent. A destination may hold a quarter of it, so that one which hangs with large
 * bodies in hand never keeps the others waiting. A body larger than the limits goes when nothing else is in their way.
 */
export class SendBudget {
  private used = 0;
  private readonly byDestination = new Map<number, number>();
  private readonly waiting: { destinationId: number; bytes: number; admit: () => void }[] = [];

  constructor(private readonly totalBytes: number) {}

  /** Waits until `bytes` may be held for a destination; the returned function gives them back. */
  async take(destinationId: number, bytes: number): Promise<() => void> {
    if (this.fits(destinationId, bytes)) this.hold(destinationId, bytes);
    else await new Promise<void>((admit) => this.waiting.push({ destinationId, bytes, admit }));
    return () => this.give(destinationId, bytes);
  }

  private fits(destinationId: number, bytes: number): boolean {
    const own = this.byDestination.get(destinationId) ?? 0;
    const fitsAll = this.used === 0 || this.used + bytes <= this.totalBytes;
    return fitsAll && (own === 0 || own + bytes <= this.totalBytes / 4);
  }

  private hold(destinationId: number, bytes: number): void {
    this.used += bytes;
    this.byDestination.set(destinationId, (this.byDestination.get(destinationId) ?? 0) + bytes);
  }

  private give(destinationId: number, bytes: number): void {
    this.used -= bytes;
    const own = (this.byDestination.get(destinationId) ?? 0) - bytes;
    if (own > 0) this.byDestination.set(destinationId, own);
    else this.byDestination.delete(destinationId);
    // In order of arrival, but past those whose own destination still holds too much.
    for (let i = 0; i < this.waiting.length;) {
      const next = this.waiting[i] as (typeof this.waiting)[number];
      if (this.fits(next.destinationId, next.bytes)) {
        this.waiting.splice(i, 1);
        this.hold(next.destinationId, next.bytes);
        next.admit();
      } else i += 1;
    }
  }
}
