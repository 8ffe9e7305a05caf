import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { newId, publicId } from '../database/ids.js';
import { HttpError } from '../errors.js';
import { EventStore } from '../events/event.store.js';
import type { NewEvent, Recorded } from '../events/new-event.js';
import { Relay } from '../queue/relay.js';
import { RejectionSampler } from '../rejections/rejection-sampler.js';
import { SecretUse } from '../routing/secret-use.js';
import { activeSecrets } from '../routing/source-secret.js';
import type { Source } from '../routing/topology.js';
import { TopologyStore } from '../routing/topology.store.js';
import { answerGet, answerPost, answerUnsigned, takesGet } from '../sources/handshake.js';
import { verify } from '../sources/interpret.js';
import { MOST_BODY_MIB } from '../sources/most-body-mib.js';
import { publicUrl } from '../sources/public-url.js';
import type { Reply } from '../sources/reply.js';
import type { InboundRequest } from '../sources/source.js';
import { EventLog } from '../telemetry/event-log.js';
import { TokenBuckets } from '../token-buckets.js';
import { within } from '../within.js';
import { acknowledge } from './acknowledge.js';
import { freeBytes } from './free-bytes.js';
import { inboundHeaders } from './inbound-headers.js';
import { IntakeBudget } from './intake-budget.js';
import { prepareEvents } from './prepare-events.js';
import { PublicBase } from './public-base.js';
import { REQUEST_OVERHEAD_BYTES, readBody, type HeldBody } from './read-body.js';
import { RecordLog } from './record-log.js';
import { refusals } from './refusals.js';

/** From the last byte of the body to the answer. A commit that lands later is harmless: the sender's retry is a duplicate. */
const ANSWER_WITHIN_MS = 2_000;
/** A source may hold a quarter of it: the largest body there may be, and some room. */
const BUDGET_BYTES = 4 * (MOST_BODY_MIB + 1) * 1024 * 1024;

/** Takes a request and gives back its answer: an acknowledgement only when its events are committed. */
@Injectable()
export class IntakeService {
  private readonly budget = new IntakeBudget(BUDGET_BYTES);
  private readonly buckets = new TokenBuckets();
  private readonly underWay = new Set<Promise<unknown>>();
  private stopping = false;

  constructor(
    private readonly topology: TopologyStore,
    private readonly store: EventStore,
    private readonly relay: Relay,
    private readonly rejections: RejectionSampler,
    private readonly secretUse: SecretUse,
    private readonly base: PublicBase,
    private readonly events: EventLog,
    private readonly log: RecordLog,
  ) {}

  /**
   * Known source, and not called too often? → read the bytes → verify them → normalise → match → commit. Nothing is parsed
   * before it is verified.
   * @throws HttpError with what the sender is told.
   */
  accept(slug: string, request: IncomingMessage): Promise<Reply> {
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

  private async take(slug: string, request: IncomingMessage): Promise<Reply> {
    const startedAt = performance.now();
    const topology = this.topology.current;
    const source = topology.sources.get(slug);
    let body: HeldBody | undefined;
    let isHandedOn = false;
    let reason = '';
    let sampleId: string | undefined;
    try {
      if (this.stopping) throw refusals.unavailable();
      // A source whose secret this process cannot open is our fault: a 404 could make its sender give up for good.
      if (!source) throw topology.unusableSources.has(slug) ? refusals.unavailable() : refusals.unknownSource();
      // What is no POST is answered at the cost of refusing it, so it is not counted.
      if (request.method !== 'POST') return this.takeHandshake(source, request);
      // Before the body is read, so that a flood costs little; hence forgeries count too.
      const waitSeconds = source.limits === undefined ? 0 : this.buckets.take(slug, source.limits);
      if (waitSeconds > 0) {
        reason = 'over limits.rate of the source';
        throw refusals.rateLimited(waitSeconds);
      }
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
      const refusing = verdict.outcome === 'ok' ? undefined : verdict;
      // In shadow mode what is refused is taken all the same. Without a secret that counts there is nothing to shadow.
      const isTaken = refusing === undefined || (source.isShadow && secrets.length > 0);
      const asks = isTaken ? answerPost(description, inbound) : undefined;
      const handshake = refusing ? answerUnsigned(description, inbound, verdict) : asks;
      if (handshake) return this.answerHandshake(source, handshake);
      // A forged handshake is refused in shadow mode too: it is no event, and Discord sends some to see that they get 401.
      if (refusing && (!isTaken || asks)) {
        reason = `${refusing.outcome}: ${refusing.detail}`;
        sampleId = this.rejections.offer(source, inbound, refusing);
        throw refusals.signatureRejected();
      }
      const events = prepareEvents(topology, source, inbound, refusing?.outcome);
      if (!body.grow((events.length - 1) * REQUEST_OVERHEAD_BYTES)) throw refusals.unavailable();
      isHandedOn = true;
      const recorded = await this.commit(events, body);
      if (recorded.some(({ status }, n) => status === 'accepted' && hasDeliveries(events[n]))) this.relay.wake();
      const matched = verdict.outcome === 'ok' ? secrets[verdict.secretIndex] : undefined;
      if (matched) this.secretUse.matched(source, matched);
      if (refusing) this.rejections.offer(source, inbound, refusing, recorded[0]?.id);
      this.log.tell({ source, topology, events, recorded, matched, durationMs: performance.now() - startedAt });
      return acknowledge(description, recorded);
    } catch (error) {
      const refusal = error instanceof HttpError ? error : refusals.unavailable();
      // One name for the line, the answer, and the sample if one is kept.
      const requestId = publicId('rej', sampleId ?? newId());
      refusal.requestId = requestId;
      // An unknown slug is a stranger's text: it is not repeated in the log.
      const name = source ? slug : '(unknown)';
      if (refusal !== error) this.events.notStored({ source: name, requestId }, error);
      this.events.refused({
        requestId,
        isSampled: sampleId !== undefined,
        source: name,
        code: refusal.code,
        status: refusal.status,
        reason,
        bytes: body?.bytes.length ?? 0,
        durationMs: Math.round(performance.now() - startedAt),
      });
      // What is not on its way to the database nobody reads any more.
      if (body && !isHandedOn) freeBytes(body.bytes);
      throw refusal;
    } finally {
      if (!isHandedOn) body?.release();
    }
  }

  /** Anything but POST: a handshake, where the source has one, and nobody has to sign it. */
  private takeHandshake(source: Source, request: IncomingMessage): Reply {
    const { description } = source;
    const isTaken = request.method === 'GET' && takesGet(description);
    if (!isTaken) throw refusals.methodNotAllowed(takesGet(description) ? 'GET, POST' : 'POST');
    const reply = answerGet(description, request.url ?? '');
    if (!reply) throw refusals.signatureRejected();
    return this.answerHandshake(source, reply);
  }

  private answerHandshake(source: Source, reply: Reply): Reply {
    this.events.handshake(source.slug, source.description.type, reply.status);
    return reply;
  }

  private async commit(events: readonly NewEvent[], body: HeldBody): Promise<readonly Recorded[]> {
    const recording = this.store.record(events);
    // Its bytes count for as long as they wait to be written, also when the sender has been told 503 meanwhile.
    recording.then(body.release, body.release);
    return within(recording, ANSWER_WITHIN_MS, refusals.unavailable);
  }
}

function hasDeliveries(event: NewEvent | undefined): boolean {
  return event !== undefined && event.deliveries.length > 0;
}
