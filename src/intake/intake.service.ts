import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { newId, publicId } from '../database/ids.js';
import { HttpError } from '../errors.js';
import { EventStore } from '../events/event.store.js';
import type { NewEvent, Recorded } from '../events/new-event.js';
import { Relay } from '../queue/relay.js';
import { HELD_BY_SOURCE } from '../routing/apply-sources.js';
import { matchRoutes } from '../routing/match-routes.js';
import { activeSecrets, type SourceSecret } from '../routing/source-secret.js';
import type { Source, Topology } from '../routing/topology.js';
import { TopologyStore } from '../routing/topology.store.js';
import { normalise, verify } from '../sources/interpret.js';
import { publicUrl } from '../sources/public-url.js';
import type { InboundRequest } from '../sources/source.js';
import { EventLog } from '../telemetry/event-log.js';
import { within } from '../within.js';
import { inboundHeaders } from './inbound-headers.js';
import { IntakeBudget } from './intake-budget.js';
import { PublicBase } from './public-base.js';
import { readBody, type HeldBody } from './read-body.js';
import { refusals } from './refusals.js';

/** From the last byte of the body to the answer. A commit that lands later is harmless: the sender's retry is a duplicate. */
const ANSWER_WITHIN_MS = 2_000;
const BUDGET_BYTES = 128 * 1024 * 1024;

/** What a sender is told of a webhook that is on disk. Tiny, and never an echo of what was sent. */
export interface Acknowledgement {
  readonly id: string;
  readonly status: 'accepted' | 'duplicate';
}

/** Takes a request and gives back an acknowledgement only when its event is committed. */
@Injectable()
export class IntakeService {
  private readonly budget = new IntakeBudget(BUDGET_BYTES);
  private readonly underWay = new Set<Promise<unknown>>();
  private stopping = false;

  constructor(
    private readonly topology: TopologyStore,
    private readonly store: EventStore,
    private readonly relay: Relay,
    private readonly base: PublicBase,
    private readonly events: EventLog,
  ) {}

  /**
   * Known source? → read the bytes → verify them → normalise → match → commit. Nothing is parsed before it is verified.
   * @throws HttpError with what the sender is told.
   */
  accept(slug: string, request: IncomingMessage): Promise<Acknowledgement> {
    const acknowledgement = this.take(slug, request);
    this.underWay.add(acknowledgement);
    const over = (): void => void this.underWay.delete(acknowledgement);
    acknowledgement.then(over, over);
    return acknowledgement;
  }

  /** Refuses what comes from now on with 503, and resolves when all that was taken is answered. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled(this.underWay);
    await this.store.drain();
  }

  private async take(slug: string, request: IncomingMessage): Promise<Acknowledgement> {
    const startedAt = performance.now();
    const topology = this.topology.current;
    const source = topology.sources.get(slug);
    let body: HeldBody | undefined;
    let isHandedOn = false;
    let reason = '';
    try {
      if (this.stopping) throw refusals.unavailable();
      // A source whose secret this process cannot open is our fault: a 404 could make its sender give up for good.
      if (!source) throw topology.unusableSources.has(slug) ? refusals.unavailable() : refusals.unknownSource();
      if (request.method !== 'POST') throw refusals.methodNotAllowed();
      const { headers, repeated } = inboundHeaders(request.rawHeaders);
      const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
      if (encoding !== '' && encoding !== 'identity') throw refusals.unsupportedEncoding();
      body = await readBody(request, slug, source.maxBodyBytes, this.budget);
      const receivedAt = new Date();
      const url = publicUrl({ options: source.options, base: this.base.url, slug, target: request.url ?? '' });
      const inbound: InboundRequest = { method: 'POST', url, headers, repeated, body: body.bytes, receivedAt };
      const { description, toleranceSeconds } = source;
      const secrets = activeSecrets(source.secrets, receivedAt);
      const values = secrets.map(({ value }) => value);
      const verdict = verify(description, values, inbound, { now: receivedAt, toleranceSeconds });
      if (verdict.outcome !== 'ok') {
        reason = `${verdict.outcome}: ${verdict.detail}`;
        throw refusals.signatureRejected();
      }
      const event = prepare(topology, source, inbound);
      isHandedOn = true;
      const recorded = await this.commit(event, body);
      if (recorded.status === 'accepted' && event.deliveries.length > 0) this.relay.wake();
      const matched = secrets[verdict.secretIndex];
      this.logRecorded(source, event, recorded, matched, performance.now() - startedAt);
      return { id: publicId('evt', recorded.id), status: recorded.status };
    } catch (error) {
      const refusal = error instanceof HttpError ? error : refusals.unavailable();
      if (refusal !== error) {
        this.events.log.error({ event: 'intake.failed', source: slug, error: (error as Error).message }, 'not stored');
      }
      this.events.refused({
        // An unknown slug is a stranger's text: it is not repeated in the log.
        source: source ? slug : '(unknown)',
        code: refusal.code,
        status: refusal.status,
        reason,
        bytes: body?.bytes.length ?? 0,
        durationMs: Math.round(performance.now() - startedAt),
      });
      throw refusal;
    } finally {
      if (!isHandedOn) body?.release();
    }
  }

  private async commit(event: NewEvent, body: HeldBody): Promise<Recorded> {
    const recording = this.store.record(event);
    // Its bytes count for as long as they wait to be written, also when the sender has been told 503 meanwhile.
    recording.then(body.release, body.release);
    return within(recording, ANSWER_WITHIN_MS, refusals.unavailable);
  }

  private logRecorded(
    source: Source,
    event: NewEvent,
    recorded: Recorded,
    matched: SourceSecret | undefined,
    ms: number,
  ): void {
    const line = {
      source: source.slug,
      sourceType: source.description.type,
      eventId: recorded.id,
      externalId: event.normalised.externalId,
      type: event.normalised.type,
      secretIndex: matched === undefined ? -1 : source.secrets.indexOf(matched),
      deliveries: recorded.status === 'accepted' ? event.deliveries.length : 0,
      bytes: event.body.length,
      durationMs: Math.round(ms),
    };
    if (recorded.status === 'accepted') this.events.accepted(line);
    else this.events.duplicate({ ...line, conflict: recorded.conflict });
  }
}

function prepare(topology: Topology, source: Source, inbound: InboundRequest): NewEvent {
  const [normalised] = normalise(source.description, inbound);
  const about = { source: source.slug, sourceType: source.description.type, type: normalised.type };
  return {
    id: newId(),
    sourceId: source.id,
    normalised,
    body: inbound.body,
    deliveries: matchRoutes(about, topology.routes).map((match) => ({ ...match, id: newId() })),
    heldReason: source.paused ? HELD_BY_SOURCE : undefined,
  };
}
