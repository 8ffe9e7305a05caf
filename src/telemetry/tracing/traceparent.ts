import { trace } from '@opentelemetry/api';
import { pooledRandom } from '../../pooled-random.js';
import { traceIdsOf } from './trace-ids.js';

/**
 * The `traceparent` that goes out with a delivery: of the attempt's span while traces are on, else of the event alone, not
 * sampled, so that a destination's own traces can still be found by it. https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceparentOf(delivery: { readonly eventId: string }): string {
  const span = trace.getActiveSpan()?.spanContext();
  if (span) return `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;
  return `00-${traceIdsOf(delivery.eventId).traceId}-${pooledRandom(8).toString('hex')}-00`;
}
