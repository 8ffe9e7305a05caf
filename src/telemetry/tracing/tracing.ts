import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Tracer,
} from '@opentelemetry/api';
import { within } from '../../within.js';
import type { TraceExport } from './trace-export.js';
import { traceIdsOf } from './trace-ids.js';

/** A collector that hangs does not hold the shutdown up. */
const FLUSH_WITHIN_MS = 500;

/** What was received. */
export interface Receipt {
  /** Stored form. */
  readonly eventId: string;
  readonly source: string;
  readonly type: string;
  readonly durationMs: number;
}

/** What is attempted. */
export interface AttemptSpan {
  readonly id: string;
  readonly eventId: string;
  readonly isReplay: boolean;
  readonly attempts: number;
  readonly destination: string;
  readonly kind: 'http' | 'handler';
  readonly type: string;
}

/**
 * One trace per event: its receipt, and below it each attempt of each delivery, whichever process makes it and however much
 * later. Nothing is stored for it, the ids follow from the event's. A replay is a trace of its own, linked to the first.
 */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  private readonly tracer: Tracer | undefined;

  /** `undefined`: off, and every call does nothing. */
  constructor(private readonly out: TraceExport | undefined) {
    this.tracer = out?.provider.getTracer('hookyard');
  }

  /** The span of a stored event's receipt, which ends now. */
  received({ eventId, source, type, durationMs }: Receipt): void {
    if (!this.tracer) return;
    this.out?.ids.choose(traceIdsOf(eventId));
    const span = this.tracer.startSpan(
      `POST /webhooks/${source}`,
      {
        kind: SpanKind.SERVER,
        startTime: Date.now() - durationMs,
        attributes: { 'hookyard.source': source, 'hookyard.event.type': type, 'http.response.status_code': 200 },
      },
      ROOT_CONTEXT,
    );
    span.end();
  }

  /** Runs one attempt inside its span. `describe` says of the result what the span shows. */
  async attempt<T>(
    attempt: AttemptSpan,
    run: () => Promise<T>,
    describe: (result: T) => { readonly failed: boolean; readonly attributes: Attributes },
  ): Promise<T> {
    if (!this.tracer) return run();
    const receipt = { ...traceIdsOf(attempt.eventId), traceFlags: TraceFlags.SAMPLED, isRemote: true };
    const parent: Context = attempt.isReplay ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, receipt);
    if (attempt.isReplay) this.out?.ids.choose({ traceId: traceIdsOf(attempt.id).traceId });
    const span = this.tracer.startSpan(
      `${attempt.kind === 'http' ? 'deliver to' : 'handle by'} ${attempt.destination}`,
      {
        kind: attempt.kind === 'http' ? SpanKind.CLIENT : SpanKind.CONSUMER,
        links: attempt.isReplay ? [{ context: receipt }] : [],
        attributes: {
          'hookyard.destination': attempt.destination,
          'hookyard.event.type': attempt.type,
          'hookyard.attempt': attempt.attempts + 1,
        },
      },
      parent,
    );
    try {
      const result = await context.with(trace.setSpan(parent, span), run);
      const { failed, attributes } = describe(result);
      span.setAttributes(attributes);
      if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
      return result;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.out) return;
    const late = (): Error => new Error('the collector did not answer');
    await within(this.out.provider.shutdown(), FLUSH_WITHIN_MS, late).catch(() => undefined);
    trace.disable();
    context.disable();
  }
}
