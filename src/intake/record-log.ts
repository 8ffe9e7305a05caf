import { Injectable } from '@nestjs/common';
import type { NewEvent, Recorded } from '../events/new-event.js';
import { IssueLedger } from '../issues/issue-ledger.js';
import type { SourceSecret } from '../routing/source-secret.js';
import type { Source, Topology } from '../routing/topology.js';
import { EventLog } from '../telemetry/event-log.js';
import { Tracing } from '../telemetry/tracing/tracing.js';

/** One request whose events are on disk; `recorded` says of each of `events` what became of it. */
export interface Taken {
  readonly source: Source;
  readonly topology: Topology;
  readonly events: readonly NewEvent[];
  readonly recorded: readonly Recorded[];
  /** The secret that matched, if any did. */
  readonly matched: SourceSecret | undefined;
  /** From the request to the commit. */
  readonly durationMs: number;
}

/** Tells of a request that was taken: one line, its span, and what is out of the ordinary with it (mostly nothing). */
@Injectable()
export class RecordLog {
  constructor(
    private readonly events: EventLog,
    private readonly tracing: Tracing,
    private readonly issues: IssueLedger,
  ) {}

  /** Call once, when the events are committed. */
  tell(taken: Taken): void {
    this.tellFilterFailures(taken);
    this.tellSuspicions(taken);
    const { source, events, recorded, matched, durationMs } = taken;
    const [event, result] = [events[0] as NewEvent, recorded[0] as Recorded];
    for (const [n, { id, status }] of recorded.entries()) {
      const { type } = (events[n] as NewEvent).normalised;
      if (status === 'accepted') this.tracing.received({ eventId: id, source: source.slug, type, durationMs });
    }
    const line = {
      source: source.slug,
      sourceType: source.description.type,
      secretIndex: matched === undefined ? -1 : source.secrets.indexOf(matched),
      deliveries: recorded.reduce((sum, one, n) => sum + (isNew(one) ? (events[n]?.deliveries.length ?? 0) : 0), 0),
      bytes: event.body.length,
      durationMs: Math.round(durationMs * 10) / 10,
    };
    if (events.length > 1) {
      const accepted = recorded.filter(isNew).length;
      const conflicts = recorded.filter(({ conflict }) => conflict).length;
      this.events.several({ ...line, accepted, duplicates: recorded.length - accepted, conflicts });
      return;
    }
    const { externalId, type } = event.normalised;
    const named = { ...line, eventId: result.id, externalId, type };
    if (isNew(result)) this.events.accepted(named);
    else this.events.duplicate({ ...named, conflict: result.conflict });
  }

  private tellSuspicions({ source, events, recorded }: Taken): void {
    const { refusal } = events[0] as NewEvent;
    if (refusal !== undefined) this.events.unverified(source.slug, (recorded[0] as Recorded).id, refusal);
    for (const { id, suspectedReplayOf, heldAsReplay = false } of recorded) {
      if (suspectedReplayOf === undefined) continue;
      this.events.suspectedReplay({
        source: source.slug,
        eventId: id,
        replayOf: suspectedReplayOf,
        held: heldAsReplay,
      });
    }
  }

  private tellFilterFailures({ source, topology, events, recorded }: Taken): void {
    for (const [n, { id, deliveries }] of events.entries()) {
      for (const { id: deliveryId, deadReason, destinationId, routeId } of deliveries) {
        if (deadReason === undefined || recorded[n]?.status !== 'accepted') continue;
        const destination = topology.destinations.get(destinationId)?.name ?? '';
        this.events.filterFailed({ source: source.slug, eventId: id, destination, routeId });
        const failure = { destinationId, errorClass: 'FILTER_FAILED', statusCode: undefined, deliveryId };
        this.issues.note({ ...failure, isDead: true });
      }
    }
  }
}

function isNew({ status }: Recorded): boolean {
  return status === 'accepted';
}
