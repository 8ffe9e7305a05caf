import type { AttemptLine } from '../telemetry/event-log.js';
import { LATENCY_COUNTS, latencySlot } from './latencies.js';

/** More names than anyone configures; whatever would be beyond is not counted, so that memory has an end. */
const MOST_NAMES = 10_000;

/** What happened to one source or destination since the last flush. */
export interface Counted {
  readonly kind: 'source' | 'destination';
  readonly name: string;
  received: number;
  duplicates: number;
  conflicts: number;
  refused: number;
  bytes: number;
  attempts: number;
  /** Attempts that were not a delivery's first. */
  retries: number;
  delivered: number;
  failed: number;
  dead: number;
  readonly latencies: number[];
  /** When a genuine request came in, or something was delivered, last; by `performance.now()`. */
  lastAt: number | undefined;
}

/** Counts in memory what a source took in and a destination got: a look-up in a map and some additions per request. */
export class ActivityCounts {
  private counted = new Map<string, Counted>();

  /** A stored request, or a repeated one; `ms`: until it was answered. */
  stored(
    source: string,
    counts: { readonly received: number; readonly duplicates: number; readonly conflicts: number },
    bytes: number,
    ms: number,
  ): void {
    const of = this.of('source', source);
    if (!of) return;
    of.received += counts.received;
    of.duplicates += counts.duplicates;
    of.conflicts += counts.conflicts;
    of.bytes += counts.received > 0 ? bytes : 0;
    this.took(of, ms);
  }

  refused(source: string): void {
    const of = this.of('source', source);
    if (of) of.refused += 1;
  }

  attempted({ destination, attempt, outcome, status, sinceReceivedMs }: AttemptLine): void {
    const of = this.of('destination', destination);
    if (!of) return;
    of.attempts += 1;
    if (attempt > 1) of.retries += 1;
    if (outcome === 'failed') of.failed += 1;
    if (status === 'dead') of.dead += 1;
    if (status !== 'delivered') return;
    of.delivered += 1;
    this.took(of, sinceReceivedMs);
  }

  /** Takes everything out, for whoever writes it; what comes from now on is counted anew. */
  take(): Counted[] {
    const { counted } = this;
    this.counted = new Map();
    return [...counted.values()];
  }

  /** Puts back what could not be written. */
  giveBack(taken: readonly Counted[]): void {
    for (const one of taken) {
      const of = this.of(one.kind, one.name);
      if (!of) continue;
      for (const key of NUMBERS) of[key] += one[key];
      one.latencies.forEach((count, slot) => (of.latencies[slot] = (of.latencies[slot] ?? 0) + count));
      of.lastAt = Math.max(of.lastAt ?? -Infinity, one.lastAt ?? -Infinity);
      if (of.lastAt === -Infinity) of.lastAt = undefined;
    }
  }

  private took(of: Counted, ms: number): void {
    const slot = latencySlot(ms);
    of.latencies[slot] = (of.latencies[slot] ?? 0) + 1;
    of.lastAt = performance.now();
  }

  private of(kind: Counted['kind'], name: string): Counted | undefined {
    const key = kind === 'source' ? `s${name}` : `d${name}`;
    let of = this.counted.get(key);
    if (of || this.counted.size >= MOST_NAMES) return of;
    const none = Object.fromEntries(NUMBERS.map((number) => [number, 0])) as Record<(typeof NUMBERS)[number], number>;
    of = { kind, name, ...none, latencies: Array<number>(LATENCY_COUNTS).fill(0), lastAt: undefined };
    this.counted.set(key, of);
    return of;
  }
}

/** The plain counts, which are columns of `hookyard.activity` of the same names. */
export const NUMBERS = [
  'received',
  'duplicates',
  'conflicts',
  'refused',
  'bytes',
  'attempts',
  'retries',
  'delivered',
  'failed',
  'dead',
] as const;
