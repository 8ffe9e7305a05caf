import { randomBytes } from 'node:crypto';

/** An event's ids are its trace's: whoever handles it, in any process and on any day, knows them without asking. */
export interface TraceIds {
  /** 32 lower-case hex digits: the event's UUID. */
  readonly traceId: string;
  /** 16 lower-case hex digits, of the span of its receipt: the random half of that UUID. */
  readonly spanId: string;
}

/** `eventId`: stored form, a UUID. */
export function traceIdsOf(eventId: string): TraceIds {
  const traceId = eventId.replaceAll('-', '');
  return { traceId, spanId: traceId.slice(16) };
}

/** Gives the ids that were asked for in advance, once, and random ones otherwise. */
export class ChosenIds {
  private chosen: { traceId?: string; spanId?: string } = {};

  /** The ids of the next span; it must be started in the same turn of the event loop. */
  choose(ids: { traceId?: string; spanId?: string }): void {
    this.chosen = ids;
  }

  generateTraceId(): string {
    const { traceId } = this.chosen;
    delete this.chosen.traceId;
    return traceId ?? randomBytes(16).toString('hex');
  }

  generateSpanId(): string {
    const { spanId } = this.chosen;
    delete this.chosen.spanId;
    return spanId ?? randomBytes(8).toString('hex');
  }
}
