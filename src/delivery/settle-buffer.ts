import { Injectable } from '@nestjs/common';
import { GroupCommit } from '../database/group-commit.js';
import { Pools } from '../database/pools.js';
import { IssueLedger } from '../issues/issue-ledger.js';
import type { GateSignal } from '../queue/advance-gate.js';
import { GateStore } from '../queue/gate.store.js';
import { wakeLanes, type Lane } from '../queue/lanes.js';
import type { Quota } from '../queue/quota.js';
import { QuotaNews } from '../queue/quota-news.js';
import { Relay } from '../queue/relay.js';
import { TopologyStore } from '../routing/topology.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { failureLevel } from '../telemetry/failure-level.js';
import { Metrics } from '../telemetry/metrics/metrics.js';
import { Breakers } from './breakers.js';
import { settleResults, type Result } from './settle-results.js';
import type { Settlement } from './settle.js';

const MAX_ROWS = 500;
const MAX_BYTES = 1024 * 1024;
const MAX_IN_FLIGHT = 2;
const ROW_BYTES = 256;

/**
 * Gathers results of all batches of the process and writes them as they arrive, many to a commit. It does not give up: a 2xx
 * that is not written would be sent again, so while the process lives it repeats until the database takes it.
 */
@Injectable()
export class SettleBuffer {
  private readonly quotaNews = new QuotaNews();
  private readonly hardStop = new AbortController();
  private readonly counted = new WeakSet<Settlement>();
  private readonly commits = new GroupCommit<Result, void>({
    write: (results) => this.write(results),
    maxInFlight: MAX_IN_FLIGHT,
    maxItems: MAX_ROWS,
    maxBytes: MAX_BYTES,
    sizeOf: ({ excerpt }) => ROW_BYTES + (excerpt?.length ?? 0) * 2,
    // The batch's row counts what is left of it.
    lockOf: ({ batchId }) => batchId,
    // All of a result but the excerpt is ours; so if the database chokes on a row, it is on what a destination wrote.
    simplify: (result) => (result.excerpt === undefined ? undefined : { ...result, excerpt: undefined }),
    repeatUntil: this.hardStop.signal,
  });

  constructor(
    private readonly pools: Pools,
    private readonly topology: TopologyStore,
    private readonly gates: GateStore,
    private readonly breakers: Breakers,
    private readonly relay: Relay,
    private readonly events: EventLog,
    private readonly metrics: Metrics,
    private readonly issues: IssueLedger,
  ) {}

  /** Resolves when the result is on disk. */
  async add(result: Result): Promise<void> {
    await this.commits.add(result).catch((error: unknown) => {
      // The lease runs out and the delivery is tried again: at least once, never lost.
      this.events.log[failureLevel(error)](
        { event: 'settle.failed', error: (error as Error).message },
        'result not written',
      );
    });
  }

  /** Resolves when all that was added is on disk. */
  drain(): Promise<void> {
    return this.commits.drain();
  }

  /** Stops repeating: what cannot be written now is left to its lease. */
  giveUp(): void {
    this.hardStop.abort();
  }

  private async write(results: readonly Result[]): Promise<undefined[]> {
    this.metrics.commitRows.observe({ stage: 'settle' }, results.length);
    const byDestination = Map.groupBy(results, ({ destinationId }) => destinationId);
    const move = async (destinationId: number): Promise<void> => {
      const signals = this.uncounted(byDestination.get(destinationId) ?? []);
      if (signals.some(({ health, deferMs, gone }) => health !== 'none' || deferMs || gone)) {
        await this.moveGate(destinationId, signals);
      }
    };
    // What speaks against a destination moves its gate first: once the result is written its slot is free, and another process
    // could send one more.
    const failing = results.filter(
      ({ settlement: { health, deferMs, gone } }) => health === 'failed' || deferMs || gone,
    );
    await Promise.all([...new Set(failing.map(({ destinationId }) => destinationId))].map(move));
    await this.noteQuotas(results);
    const unrested = new Set<number>();
    for (const round of oncePerDelivery(results)) {
      for (const id of await settleResults(this.pools.work, round)) unrested.add(id);
    }
    await Promise.all([...unrested].map(move));
    const ended = results.flatMap(({ destinationId, lane }) => (lane === undefined ? [] : [{ destinationId, lane }]));
    if (ended.length > 0) await this.wakeLanes(ended);
    for (const result of results) this.noteFailure(result);
    this.relay.wake();
    return results.map(() => undefined);
  }

  /** Before results are written, as above: what they free may be claimed at once. The newest of a destination counts. */
  private async noteQuotas(results: readonly Result[]): Promise<void> {
    const said = new Map<number, Quota>();
    for (const { destinationId, quota } of results) if (quota) said.set(destinationId, quota);
    const now = performance.now();
    for (const [id, quota] of said) if (!this.quotaNews.isNews(id, quota, now)) said.delete(id);
    if (said.size === 0) return;
    try {
      await this.gates.recordQuotas(said);
    } catch (error) {
      // Only advice: without it the destination says 429 and when to come back.
      this.events.log.warn({ event: 'gate.failed', error: (error as Error).message }, 'rate limit not noted');
    }
  }

  /** A write that failed comes again, whole or in parts; what it says of its destination counts once. */
  private uncounted(results: readonly Result[]): GateSignal[] {
    const fresh = results.filter(({ settlement }) => !this.counted.has(settlement));
    for (const { settlement } of fresh) this.counted.add(settlement);
    return fresh.map(toSignal);
  }

  /** Being asked to wait is no failure, unless it ends the delivery. */
  private noteFailure({ destinationId, deliveryId, settlement }: Result): void {
    const isDead = settlement.status === 'dead';
    if (!isDead && settlement.attempt !== 'failed') return;
    const { errorClass = 'INTERRUPTED', statusCode } = settlement;
    this.issues.note({ destinationId, errorClass, statusCode, deliveryId, isDead });
  }

  private async wakeLanes(ended: readonly Lane[]): Promise<void> {
    try {
      await wakeLanes(this.pools.work, ended);
    } catch (error) {
      // The relay looks for what waits for nobody.
      this.events.log.warn({ event: 'lanes.unwoken', error: (error as Error).message }, 'lanes wait a little longer');
    }
  }

  private async moveGate(destinationId: number, signals: readonly GateSignal[]): Promise<void> {
    const destination = this.topology.current.destinations.get(destinationId);
    if (!destination) return;
    try {
      this.breakers.follow(destinationId, await this.gates.record(destination, signals));
    } catch (error) {
      // The results themselves are on disk; a missed count only opens the breaker one failure later.
      this.events.log.warn({ event: 'gate.failed', error: (error as Error).message }, 'gate not moved');
    }
  }
}

/** A late result and the present holder's can be for one delivery; they go one after the other, as they came. */
function oncePerDelivery(results: readonly Result[]): Result[][] {
  const rounds: Result[][] = [];
  const seen = new Map<string, number>();
  for (const result of results) {
    const round = seen.get(result.deliveryId) ?? 0;
    seen.set(result.deliveryId, round + 1);
    (rounds[round] ??= []).push(result);
  }
  return rounds;
}

function toSignal({ deliveryId, settlement, isProbe }: Result): GateSignal {
  return { deliveryId, health: settlement.health, isProbe, deferMs: settlement.deferMs, gone: settlement.gone };
}
