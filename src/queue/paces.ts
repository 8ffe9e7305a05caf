import { Injectable } from '@nestjs/common';
import type { Pace } from './allowance.js';

/** A slow attempt counts at once, a fast one only a little: a batch that turns out too deep is worse than one too shallow. */
const SLOWER_SHARE = 0.5;
const FASTER_SHARE = 0.1;

/** How fast this process found each destination to be, and when it last claimed for it. In memory: it only sizes batches. */
@Injectable()
export class Paces {
  private readonly attempts = new Map<number, number>();
  private readonly claims = new Map<number, number>();

  /** An attempt took so long. */
  attempted(destinationId: number, durationMs: number): void {
    const before = this.attempts.get(destinationId) ?? durationMs;
    const share = durationMs > before ? SLOWER_SHARE : FASTER_SHARE;
    this.attempts.set(destinationId, before + (durationMs - before) * share);
  }

  /** A batch was claimed; `now` of a clock that only goes forward, in ms. */
  claimed(destinationId: number, now: number): void {
    this.claims.set(destinationId, now);
  }

  /** What is known of a destination. */
  of(destinationId: number, now: number): Omit<Pace, 'isCrowded'> {
    const claimedAt = this.claims.get(destinationId);
    return {
      attemptMs: this.attempts.get(destinationId),
      claimedMsAgo: claimedAt === undefined ? Infinity : now - claimedAt,
    };
  }

  /** Forgets destinations that are no more. */
  keepOnly(destinationIds: { has(id: number): boolean }): void {
    for (const known of [this.attempts, this.claims])
      for (const id of known.keys()) if (!destinationIds.has(id)) known.delete(id);
  }
}
