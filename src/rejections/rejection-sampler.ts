import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { newId } from '../database/ids.js';
import { SecretBox } from '../database/secret-box.js';
import { TopologyStore } from '../routing/topology.store.js';
import type { Source } from '../routing/topology.js';
import { diagnose, type Diagnosis } from '../sources/diagnose.js';
import type { InboundRequest } from '../sources/source.js';
import { EventLog } from '../telemetry/event-log.js';
import { within } from '../within.js';
import { isNearMiss, SAMPLED_BODY_BYTES, type RefusedRequest, type Refusing } from './refused-request.js';
import { RejectionStore, type NewRejection } from './rejection.store.js';
import { SampleQuota } from './sample-quota.js';
import { sealRequest } from './sealed-request.js';
import { suspectsOf, type SecretName } from './suspects-of.js';

/** What may wait to be looked at and written: more is dropped, never kept in memory. */
const MAX_WAITING = 500;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const ROWS_AT_ONCE = 20;
const TURN_EVERY_MS = 10_000;
const STOP_WITHIN_MS = 700;

/** How many refused requests were kept, left out by the quota, and lost because they could not be written in time. */
export interface SampleCounts {
  kept: number;
  skipped: number;
  dropped: number;
}

/**
 * Keeps samples of refused requests, off the way of the requests: being offered one costs a look into a map, and a copy of
 * the body for the few that are taken. The rest (diagnosis, sealing, writing) happens afterwards, one after the other.
 */
@Injectable()
export class RejectionSampler implements OnModuleDestroy {
  readonly counts: SampleCounts = { kept: 0, skipped: 0, dropped: 0 };
  private readonly quota = new SampleQuota((source, count) => {
    this.counts.skipped += count;
    this.events.log.warn({ event: 'rejections.skipped', source, count }, 'more refused than are kept as samples');
  });
  private readonly waiting: RefusedRequest[] = [];
  private waitingBytes = 0;
  private working: Promise<void> | undefined;
  private stopped = false;
  private readonly timer = setInterval(() => this.quota.turn(Date.now()), TURN_EVERY_MS).unref();

  constructor(
    private readonly store: RejectionStore,
    private readonly topology: TopologyStore,
    private readonly box: SecretBox,
    private readonly events: EventLog,
  ) {}

  /**
   * Takes a refused request for a sample, if there is room. `eventId`: what it became in shadow mode. Never throws.
   * @returns the id that the sample will have, in its stored form; `undefined`: none is kept.
   */
  offer(source: Source, request: InboundRequest, verdict: Refusing, eventId?: string): string | undefined {
    if (this.stopped || !this.quota.take(source.slug, isNearMiss(verdict), Date.now())) return undefined;
    const kept = Math.min(request.body.length, SAMPLED_BODY_BYTES);
    if (this.waiting.length >= MAX_WAITING || this.waitingBytes + kept > MAX_WAITING_BYTES) {
      this.counts.dropped += 1;
      return undefined;
    }
    // A copy: the original is given back, and may be part of a larger buffer.
    const body = Buffer.from(request.body.subarray(0, kept));
    const id = newId();
    const sample = { id, source, request: { ...request, body }, verdict, bodyLength: request.body.length, eventId };
    this.waiting.push(sample);
    this.waitingBytes += kept;
    this.working ??= this.work();
    return id;
  }

  /** Takes no more, and resolves when what waits is written or given up. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.drain();
  }

  /** The stop of the process must not wait for a database that hangs: what is not written by then is lost. */
  async onModuleDestroy(): Promise<void> {
    await within(this.stop(), STOP_WITHIN_MS, () => new Error('late')).catch(() => undefined);
  }

  /** Resolves when nothing waits. */
  async drain(): Promise<void> {
    while (this.working) await this.working;
  }

  private async work(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        const rows: NewRejection[] = [];
        while (rows.length < ROWS_AT_ONCE && this.waiting.length > 0) {
          // Each look may take milliseconds: requests go first.
          await nextTurn();
          const sample = this.waiting.shift() as RefusedRequest;
          this.waitingBytes -= sample.request.body.length;
          rows.push(this.lookAt(sample));
        }
        await this.write(rows);
      }
    } finally {
      this.working = undefined;
    }
  }

  private async write(rows: readonly NewRejection[]): Promise<void> {
    try {
      await this.store.insert(rows);
      this.counts.kept += rows.length;
    } catch (error) {
      this.counts.dropped += rows.length;
      const { message } = error as Error;
      this.events.log.warn({ event: 'rejections.dropped', count: rows.length, error: message }, 'samples not kept');
    }
  }

  private lookAt(sample: RefusedRequest): NewRejection {
    const { source, request, bodyLength, eventId } = sample;
    const { reason, detail, offBySeconds, matched, source: matchedSource } = this.diagnosisOf(sample);
    return {
      id: sample.id,
      sourceId: source.id,
      ageMs: Math.max(0, Date.now() - request.receivedAt.getTime()),
      reason,
      detail,
      nearMiss: isNearMiss(sample.verdict),
      offBySeconds,
      matchedSource,
      matchedSecret: matched?.fingerprint,
      matchedLabel: matched?.label,
      bodyLength,
      bodyCut: request.body.length < bodyLength,
      requestSealed: sealRequest(this.box, request, source.description.scheme.headers),
      eventId,
    };
  }

  private diagnosisOf({ source, request, verdict, bodyLength }: RefusedRequest): Diagnosis<SecretName> {
    const suspects = suspectsOf(source, this.topology.current, request.receivedAt);
    if (request.body.length === bodyLength) return diagnose(request, verdict, request.receivedAt, suspects);
    const nobody = { description: suspects.description, secrets: [], expired: [], previous: [], others: [] };
    const found = diagnose<SecretName>(request, verdict, request.receivedAt, nobody);
    return { ...found, detail: `${found.detail} (the body is too large to look closer)` };
  }
}
