import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { SecretBox } from '../database/secret-box.js';
import { HttpError } from '../errors.js';
import { EventStore } from '../events/event.store.js';
import { prepareEvents } from '../intake/prepare-events.js';
import { Relay } from '../queue/relay.js';
import { activeSecrets } from '../routing/source-secret.js';
import { TopologyStore } from '../routing/topology.store.js';
import type { Source } from '../routing/topology.js';
import { answerPost } from '../sources/handshake.js';
import { verify } from '../sources/interpret.js';
import type { InboundRequest } from '../sources/source.js';
import { within } from '../within.js';
import { openRequest } from './sealed-request.js';

/** What became of a refused request that was verified again. */
export interface Readmission {
  /** Stored form; of several events the first. */
  readonly eventId: string;
  readonly accepted: number;
  readonly duplicates: number;
}

interface KeptRequest {
  source_id: number;
  received_at: Date;
  is_expired: boolean;
  body_cut: boolean;
  request_sealed: Buffer;
  event_id: string | null;
}

const STORED_WITHIN_MS = 5_000;

/** The way back in, after a secret was corrected: verified as at the time it came, then stored and delivered like any other. */
@Injectable()
export class Reverifier {
  constructor(
    private readonly pools: Pools,
    private readonly box: SecretBox,
    private readonly topology: TopologyStore,
    private readonly store: EventStore,
    private readonly relay: Relay,
  ) {}

  /**
   * Verifies the sample again with the secrets that count now; its time is judged at its receipt. What was stored before stays
   * a duplicate. `id`: stored form.
   * @throws HttpError that says why it cannot come in.
   */
  async reverify(id: string): Promise<Readmission> {
    const kept = await this.read(id);
    // Taken in shadow mode, or verified again before: it is in already.
    if (kept.event_id !== null) return { eventId: kept.event_id, accepted: 0, duplicates: 1 };
    const topology = this.topology.current;
    const source = [...topology.sources.values()].find((candidate) => candidate.id === kept.source_id);
    if (!source) throw unusable('Its source is gone, or this process cannot use it.');
    const request = this.open(kept);
    mustHold(source, request);
    const events = prepareEvents(topology, source, request);
    const recorded = await within(
      this.store.record(events),
      STORED_WITHIN_MS,
      () =>
        new HttpError('DATABASE_UNAVAILABLE', 503, 'It could not be stored now; try again.', { 'retry-after': '5' }),
    );
    this.relay.wake();
    const eventId = (recorded[0] as { id: string }).id;
    await this.pools.work.query(
      `UPDATE hookyard.rejection SET event_id = $2, reverified_at = statement_timestamp() WHERE id = $1`,
      [id, eventId],
    );
    const accepted = recorded.filter(({ status }) => status === 'accepted').length;
    return { eventId, accepted, duplicates: recorded.length - accepted };
  }

  private async read(id: string): Promise<KeptRequest> {
    const { rows } = await this.pools.work.query<KeptRequest>(
      `SELECT source_id, received_at, expires_at < statement_timestamp() AS is_expired, body_cut, request_sealed, event_id
       FROM hookyard.rejection WHERE id = $1`,
      [id],
    );
    const [kept] = rows;
    if (!kept) throw new HttpError('REJECTION_NOT_FOUND', 404, 'There is no such rejection; it may have expired.');
    if (kept.is_expired) throw new HttpError('REJECTION_EXPIRED', 410, 'This rejection is past its time.');
    if (kept.body_cut) throw unusable('Only a part of its body was kept.');
    return kept;
  }

  private open({ request_sealed: sealed, received_at: receivedAt }: KeptRequest): InboundRequest {
    try {
      return openRequest(this.box, sealed, receivedAt);
    } catch {
      throw unusable('It was sealed with an encryption key that is not here.');
    }
  }
}

/** Judged by the clock at its receipt, with the secrets of now: a request does not become genuine by having waited. */
function mustHold({ description, secrets, toleranceSeconds }: Source, request: InboundRequest): void {
  const values = activeSecrets(secrets, new Date()).map(({ value }) => value);
  const verdict = verify(description, values, request, { now: request.receivedAt, toleranceSeconds });
  if (verdict.outcome !== 'ok')
    throw new HttpError('STILL_REJECTED', 409, `It still cannot be verified: ${verdict.detail}.`);
  if (answerPost(description, request)) throw unusable('It is a handshake, and no event.');
}

function unusable(why: string): HttpError {
  return new HttpError('REJECTION_UNUSABLE', 409, `This rejection cannot be verified again. ${why}`);
}
