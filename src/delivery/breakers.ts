import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import CircuitBreaker from 'opossum';
import type { Outcome } from './outcome.js';

type Send = () => Promise<Outcome>;

/** How long opossum would wait before probing by itself: never within a process's life. The gate decides when. */
const NEVER_MS = 2_000_000_000;

/**
 * One opossum breaker per destination, which executes every send and stops new ones at once when it is open. It never trips
 * by itself: its own rule is a rate within a window, counts only this process, and never fires for timeouts longer than the
 * window. The destination's gate row decides, for all processes, and `follow` makes this process's breaker do as it says.
 */
@Injectable()
export class Breakers implements OnApplicationShutdown {
  private readonly breakers = new Map<number, CircuitBreaker<[Send], Outcome>>();
  private keptOnly: { has(id: number): boolean } | undefined;

  /** Runs `send` unless the destination's breaker is open; then it gives `undefined` and nothing is sent. */
  async execute(destinationId: number, send: Send): Promise<Outcome | undefined> {
    const breaker = this.of(destinationId);
    try {
      return await breaker.fire(send);
    } catch (error) {
      if (CircuitBreaker.isOurError(error as Error)) return undefined;
      throw error;
    }
  }

  /** Does as the gate says; shut, by its breaker or by an operator, means that sends are refused. */
  follow(destinationId: number, gate: 'open' | 'shut'): void {
    const breaker = this.of(destinationId);
    if (gate === 'shut' && !breaker.opened) breaker.open();
    if (gate === 'open' && !breaker.closed) breaker.close();
  }

  /** Would `execute` refuse now? */
  isShut(destinationId: number): boolean {
    return this.breakers.get(destinationId)?.opened ?? false;
  }

  /** Forgets destinations that are no more; each breaker has timers of its own. Costs nothing while it is told the same. */
  keepOnly(destinationIds: { has(id: number): boolean }): void {
    if (destinationIds === this.keptOnly) return;
    this.keptOnly = destinationIds;
    for (const [id, breaker] of this.breakers) {
      if (destinationIds.has(id)) continue;
      breaker.shutdown();
      this.breakers.delete(id);
    }
  }

  /** How many destinations are remembered. */
  get size(): number {
    return this.breakers.size;
  }

  onApplicationShutdown(): void {
    for (const breaker of this.breakers.values()) breaker.shutdown();
    this.breakers.clear();
  }

  private of(destinationId: number): CircuitBreaker<[Send], Outcome> {
    let breaker = this.breakers.get(destinationId);
    if (!breaker) {
      breaker = new CircuitBreaker((send: Send) => send(), {
        timeout: false,
        errorThresholdPercentage: 100,
        volumeThreshold: Number.MAX_SAFE_INTEGER,
        resetTimeout: NEVER_MS,
        rollingPercentilesEnabled: false,
        enableSnapshots: false,
      });
      this.breakers.set(destinationId, breaker);
    }
    return breaker;
  }
}
