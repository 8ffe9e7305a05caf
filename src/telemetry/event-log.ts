import { ActivityCounts } from '../activity/activity-counts.js';
import { publicId } from '../database/ids.js';
import { failureLevel } from './failure-level.js';
import { LinesPerSecond } from './lines-per-second.js';
import type { Log } from './log.js';
import { Metrics } from './metrics/metrics.js';

/** One refused request; the reason is for us, the sender is never told which check failed. */
export interface Refusal {
  /** `rej_…`: in the answer's `hookyard-request-id`, and the id of the sample, if one is kept. */
  readonly requestId: string;
  /** Whether it was taken for a sample. */
  readonly isSampled: boolean;
  readonly source: string;
  readonly code: string;
  readonly status: number;
  readonly reason: string;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface Acceptance {
  readonly source: string;
  readonly sourceType: string;
  readonly eventId: string;
  readonly externalId: string;
  readonly type: string;
  /** Which of the source's secrets matched, counted from 0; -1 where the source has none. */
  readonly secretIndex: number;
  readonly deliveries: number;
  readonly bytes: number;
  readonly durationMs: number;
  /** Only duplicates: the same id came with another body. */
  readonly conflict?: boolean;
}

/** One request whose body held several events. */
export interface Several extends Omit<Acceptance, 'eventId' | 'externalId' | 'type' | 'conflict'> {
  readonly accepted: number;
  readonly duplicates: number;
  /** How many of the duplicates have other bytes than the first. */
  readonly conflicts: number;
}

export interface AttemptLine {
  readonly deliveryId: string;
  readonly eventId: string;
  readonly destination: string;
  readonly type: string;
  readonly attempt: number;
  readonly outcome: string;
  /** What became of the delivery. */
  readonly status: string;
  readonly statusCode: number | undefined;
  readonly errorClass: string | undefined;
  readonly durationMs: number;
  /** Since the event came in. */
  readonly sinceReceivedMs: number;
  /** Until the next attempt; only with status `pending`. */
  readonly nextInMs: number | undefined;
  /** Of the outbound call; a handler has none. */
  readonly method?: string;
  /** Scheme, host and port of the URL (its path and query may hold a token), or `handler`. */
  readonly target: string;
}

/** A destination that is not sent to any more. */
export interface BreakerOpening {
  readonly destination: string;
  /** Consecutive ones, and the distinct deliveries they came from (counted up to three). */
  readonly failures: number;
  readonly deliveries: number;
  readonly cooldownMs: number;
}

/** An open breaker, as a probe found it. */
export interface BreakerSpell {
  readonly destination: string;
  /** Probes since it opened, this one included. */
  readonly probes: number;
  readonly openForMs: number;
}

/** One run of the synthetic monitor that is judged; `null`: it did not come so far. */
export interface MonitorLine {
  /** In its stored form. */
  readonly id: string;
  readonly outcome: 'passed' | 'failed';
  readonly reason: string | null;
  readonly statusCode: number | null;
  readonly errorClass: string | null;
  readonly acceptedMs: number | null;
  readonly handledMs: number | null;
}

const REFUSALS_PER_SECOND = 20;

/**
 * The named events of this program, one wide line each. Never a body, a signature header or a secret.
 * `delivery.attempted` is INFO even when a destination failed: a destination's 500 is not ours to wake up for.
 */
export class EventLog {
  private readonly refusals = new LinesPerSecond(REFUSALS_PER_SECOND, (count) =>
    this.log.warn({ event: 'webhook.refused.more', count }, 'more refused, not listed'),
  );
  private readonly failures = new LinesPerSecond(REFUSALS_PER_SECOND, (count) =>
    this.log.warn({ event: 'intake.failed.more', count }, 'more not stored, not listed'),
  );

  constructor(
    readonly log: Log,
    private readonly metrics = new Metrics(),
    /** The same, kept for weeks. */
    readonly activity = new ActivityCounts(),
  ) {}

  accepted(line: Acceptance): void {
    this.stored(line, 'accepted', 1);
    this.activity.stored(line.source, { received: 1, duplicates: 0, conflicts: 0 }, line.bytes, line.durationMs);
    this.log.info({ event: 'webhook.accepted', ...line, eventId: publicId('evt', line.eventId) }, 'webhook accepted');
  }

  duplicate(line: Acceptance): void {
    const { conflict = false } = line;
    this.stored(line, 'duplicate', 1);
    const counts = { received: 0, duplicates: 1, conflicts: Number(conflict) };
    this.activity.stored(line.source, counts, line.bytes, line.durationMs);
    if (conflict) this.metrics.conflicts.inc({ source: line.source });
    const fields = { event: 'webhook.duplicate', ...line, conflict, eventId: publicId('evt', line.eventId) };
    if (conflict) this.log.warn(fields, 'webhook duplicate with another body');
    else this.log.info(fields, 'webhook duplicate');
  }

  several(line: Several): void {
    const { source, accepted, duplicates, conflicts } = line;
    this.stored(line, accepted > 0 ? 'accepted' : 'duplicate', accepted > 0 ? accepted : duplicates);
    this.activity.stored(source, { received: accepted, duplicates, conflicts }, line.bytes, line.durationMs);
    if (accepted > 0 && duplicates > 0) this.metrics.webhooks.inc({ source, outcome: 'duplicate' }, duplicates);
    if (conflicts > 0) this.metrics.conflicts.inc({ source }, conflicts);
    this.log.info({ event: 'webhook.several', ...line }, 'webhook of several events');
  }

  handshake(source: string, sourceType: string, status: number): void {
    this.metrics.webhooks.inc({ source, outcome: 'handshake' });
    this.log.info({ event: 'webhook.handshake', source, sourceType, status }, 'webhook handshake');
  }

  /** A body came again under another id, which its sender does not sign. */
  suspectedReplay(line: { source: string; eventId: string; replayOf: string; held: boolean }): void {
    this.metrics.suspectedReplays.inc({ source: line.source });
    const ids = { eventId: publicId('evt', line.eventId), replayOf: publicId('evt', line.replayOf) };
    this.log.warn({ event: 'webhook.suspected_replay', ...line, ...ids }, 'the same body under another id');
  }

  /** Taken in shadow mode, although refused; `outcome`: what was wrong. */
  unverified(source: string, eventId: string, outcome: string): void {
    this.metrics.unverified.inc({ source });
    const fields = { event: 'webhook.unverified', source, eventId: publicId('evt', eventId), outcome };
    this.log.warn(fields, 'taken although it is not verified: this source is in shadow mode');
  }

  /** `eventId` in its stored form. */
  filterFailed(line: { source: string; eventId: string; destination: string; routeId: number }): void {
    const fields = { event: 'filter.failed', ...line, eventId: publicId('evt', line.eventId) };
    this.log.warn(fields, 'a filter could not be answered: the delivery is dead');
  }

  /** A flood of forgeries must not become a flood of lines: past 20 a second they are only counted. */
  refused(line: Refusal): void {
    this.metrics.webhooks.inc({ source: line.source, outcome: 'refused' });
    this.metrics.refusals.inc({ source: line.source, code: line.code });
    // What we could not take is no fault of the sender's.
    if (line.status < 500) this.activity.refused(line.source);
    if (this.refusals.take()) this.log.info({ event: 'webhook.refused', ...line }, 'webhook refused');
  }

  /** A genuine webhook that could not be stored; `source` is `(unknown)` for an unknown slug. As refusals, at most 20 lines a second. */
  notStored(line: { readonly source: string; readonly requestId: string }, error: unknown): void {
    if (!this.failures.take()) return;
    const { message } = error as Error;
    this.log[failureLevel(error)]({ event: 'intake.failed', ...line, error: message }, 'not stored');
  }

  attempted(line: AttemptLine): void {
    this.activity.attempted(line);
    this.countAttempt(line);
    const fields = {
      event: line.status === 'dead' ? 'delivery.dead' : 'delivery.attempted',
      ...line,
      deliveryId: publicId('dlv', line.deliveryId),
      eventId: publicId('evt', line.eventId),
    };
    if (line.status === 'dead') this.log.warn(fields, 'delivery dead');
    else this.log.info(fields, 'delivery attempted');
  }

  /** Processes died with it in hand, one after the other; nobody sends it any more. Ids in their stored form. */
  lost(line: { readonly deliveryId: string; readonly eventId: string; readonly destination: string }): void {
    this.metrics.dead.inc({ destination: line.destination });
    const ids = { deliveryId: publicId('dlv', line.deliveryId), eventId: publicId('evt', line.eventId) };
    const fields = { event: 'delivery.dead', ...line, ...ids, status: 'dead', deadReason: 'worker_lost' };
    this.log.warn(fields, 'delivery dead: it may be what kills its workers');
  }

  breakerOpened(line: BreakerOpening): void {
    this.metrics.breakerMoves.inc({ destination: line.destination, to: 'open' });
    this.log.warn({ event: 'breaker.opened', ...line }, 'breaker opened');
  }

  /** A probe that failed; one that succeeds closes the breaker. */
  breakerProbed(line: BreakerSpell & { readonly cooldownMs: number }): void {
    this.log.warn({ event: 'breaker.probed', ...line }, 'probe failed, breaker stays open');
  }

  breakerClosed(line: BreakerSpell): void {
    this.metrics.breakerMoves.inc({ destination: line.destination, to: 'closed' });
    this.log.info({ event: 'breaker.closed', ...line }, 'breaker closed');
  }

  /** An operator holds it, until then or until further notice; `auto`: lets it go. */
  breakerForced(line: {
    readonly destination: string;
    readonly state: string;
    readonly until: Date | undefined;
  }): void {
    this.log.warn({ event: 'breaker.forced', ...line }, 'breaker set by an operator');
  }

  destinationPausedByHand(destination: string): void {
    this.log.warn(
      { event: 'destination.paused', destination, reason: 'by an operator' },
      'destination paused by an operator',
    );
  }

  destinationResumed(destination: string): void {
    this.log.info({ event: 'destination.resumed', destination }, 'destination resumed');
  }

  /** An operator had a test sent, whatever came of it: no delivery, so neither counted nor filed. */
  destinationTested(line: {
    readonly destination: string;
    readonly outcome: string;
    readonly statusCode: number | undefined;
    readonly errorClass: string | undefined;
    readonly durationMs: number;
    readonly target: string;
  }): void {
    this.log.info({ event: 'destination.tested', ...line }, 'destination tested');
  }

  destinationPaused(destination: string, reason: string): void {
    this.log.error({ event: 'destination.paused', destination, reason }, 'destination paused: nothing is sent to it');
  }

  /** The monitor's webhook came through in time, or not. */
  monitored({ id, outcome, ...line }: MonitorLine): void {
    this.metrics.monitorRuns.inc({ outcome });
    if (line.acceptedMs !== null) this.metrics.monitorSeconds.observe({ stage: 'accepted' }, line.acceptedMs / 1000);
    if (line.handledMs !== null) this.metrics.monitorSeconds.observe({ stage: 'handled' }, line.handledMs / 1000);
    const fields = {
      event: outcome === 'failed' ? 'monitor.failed' : 'monitor.passed',
      run: publicId('mon', id),
      ...line,
    };
    if (outcome === 'failed') this.log.warn(fields, 'the monitor’s webhook did not come through');
    else this.log.info(fields, 'the monitor’s webhook came through');
  }

  private stored(line: Pick<Acceptance, 'source' | 'bytes' | 'durationMs'>, outcome: string, count: number): void {
    const { source } = line;
    this.metrics.webhooks.inc({ source, outcome }, count);
    this.metrics.ackSeconds.observe({ source }, line.durationMs / 1000);
    if (outcome === 'accepted') this.metrics.webhookBytes.inc({ source }, line.bytes);
  }

  private countAttempt({ destination, outcome, errorClass, status, durationMs, sinceReceivedMs }: AttemptLine): void {
    this.metrics.attempts.inc({ destination, outcome });
    this.metrics.attemptSeconds.observe({ destination }, durationMs / 1000);
    if (errorClass !== undefined) this.metrics.failures.inc({ destination, error_class: errorClass });
    if (status === 'dead') this.metrics.dead.inc({ destination });
    if (status === 'delivered') this.metrics.deliverySeconds.observe({ destination }, sinceReceivedMs / 1000);
  }
}
